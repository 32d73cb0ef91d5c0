// SPDX-License-Identifier: MIT
// All of the model room: what stands around somebody's model.
#pragma once
#include <tagspan/model/align.hpp>
#include <tagspan/model/calibration.hpp>
#include <tagspan/model/decode.hpp>
#include <tagspan/model/pipeline.hpp>
#include <tagspan/model/posteriors.hpp>
#include <tagspan/model/scores.hpp>
#include <tagspan/model/stream.hpp>
#include <tagspan/model/training.hpp>
#include <tagspan/model/type_table.hpp>
#include <tagspan/model/viterbi.hpp>
#include <tagspan/model/window.hpp>
#include <tagspan/model/words.hpp>
