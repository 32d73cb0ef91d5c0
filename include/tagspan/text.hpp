// SPDX-License-Identifier: MIT
// All of the text room: offsets in each unit, overlapping spans, redaction. (text/unicode is opt-in: it needs
// utf8proc.)
#pragma once
#include <tagspan/text/offsets.hpp>
#include <tagspan/text/overlap.hpp>
#include <tagspan/text/pieces.hpp>
#include <tagspan/text/redact.hpp>
#include <tagspan/text/token_alignment.hpp>
