// SPDX-License-Identifier: MIT
// Sentences with their entities marked: [text|TYPE]. Written for this example.
#pragma once
#include <string_view>

inline constexpr std::string_view training[] = {
    "[Ada Lovelace|PER] wrote to [Charles Babbage|PER] from [London|LOC].",
    "[Mary Somerville|PER] taught mathematics in [Edinburgh|LOC].",
    "The [Royal Society|ORG] met in [London|LOC] last week.",
    "[Charles Babbage|PER] travelled to [Turin|LOC] with [Giovanni Plana|PER].",
    "A letter from [Vienna|LOC] reached the [Royal Academy|ORG].",
    "[Sofia Marin|PER] moved from [Madrid|LOC] to [Lisbon|LOC].",
    "[Acme Ltd|ORG] hired [Peter Novak|PER] in [Prague|LOC].",
    "Yesterday [Peter Novak|PER] left [Acme Ltd|ORG].",
    "The office of [Borealis Ltd|ORG] is in [Oslo|LOC].",
    "[Ingrid Larsen|PER] lives in [Oslo|LOC] and works for [Borealis Ltd|ORG].",
    "Doctor [Tomas Weber|PER] flew to [Berlin|LOC].",
    "[Weber Ltd|ORG] opened a shop in [Vienna|LOC].",
    "Professor [Maria Rossi|PER] of the [Royal Academy|ORG] spoke in [Turin|LOC].",
    "They met [Giovanni Plana|PER] in [Turin|LOC] and [Maria Rossi|PER] in [Rome|LOC].",
    "The train from [Paris|LOC] to [Berlin|LOC] was late.",
    "It rained in [Lisbon|LOC], and nobody wrote a letter.",
    "We read about the [Royal Society|ORG] and its members.",
    "Doctor [Sofia Marin|PER] wrote a book about [Madrid|LOC].",
    "[Anna Larsen|PER] hired nobody last week.",
    "The members of the [Northern Society|ORG] live in [Bergen|LOC].",
};

inline constexpr std::string_view held_out[] = {
    "[Ada Larsen|PER] wrote to [Tomas Plana|PER] from [Madrid|LOC].",
    "The [Northern Academy|ORG] met in [Rome|LOC] yesterday.",
    "Doctor [Lucia Moreau|PER] works for [Novak Ltd|ORG] in [Paris|LOC].",
    "Professor [Anna Weber|PER] flew from [Bergen|LOC] to [Geneva|LOC].",
    "It rained in [Edinburgh|LOC], and the [Royal Society|ORG] met late.",
    "Nobody hired [Maria Novak|PER] last week.",
};
