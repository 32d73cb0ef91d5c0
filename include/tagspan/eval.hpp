// SPDX-License-Identifier: MIT
// All of the eval room: what a system is worth.
#pragma once
#include <tagspan/eval/confusion.hpp>
#include <tagspan/eval/curve.hpp>
#include <tagspan/eval/documents.hpp>
#include <tagspan/eval/gate.hpp>
#include <tagspan/eval/metrics.hpp>
#include <tagspan/eval/scorer.hpp>
#include <tagspan/eval/select.hpp>
#include <tagspan/eval/semeval.hpp>
#include <tagspan/eval/significance.hpp>
