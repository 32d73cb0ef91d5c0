// SPDX-License-Identifier: MIT
// Everything but the opt-ins.
#pragma once
#include <tagspan/eval.hpp>
#include <tagspan/io/conll.hpp>
#include <tagspan/model.hpp>
#include <tagspan/tags.hpp>
#include <tagspan/text.hpp>
