// SPDX-License-Identifier: MIT
// What is written reads back, whatever the tokens are.
#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <tagspan/io/conll.hpp>

#include "property/random.hpp"

namespace ts = tagspan;
using namespace std::string_view_literals;
using tagspan_test::random_numbers;

namespace {

constexpr std::string_view pieces[] = {
    "#", "# ",  "=", " ",  "-DOCSTART-", "# newdoc", "\xEF\xBB\xBF",   "\0"sv, "\xFF",
    "O", "B-X", "a", "\v", "\xC2\xA0",   "newdoc",   "global.columns", "\x7F", "\""};
// What a writer has to refuse.
constexpr std::string_view forbidden[] = {"\t", "\n", "\r", "\r\n"};

std::string random_token(random_numbers& random) {
  std::string token;
  std::size_t const count = random.one_in(30) ? 0 : 1 + random.below(3);
  for (std::size_t i = 0; i < count; ++i) token += pieces[random.below(std::size(pieces))];
  if (random.one_in(60)) token += forbidden[random.below(std::size(forbidden))];
  return token;
}

struct sentence {
  std::vector<std::string> tokens;
  std::vector<ts::label_id> gold, predicted;
};

void round_trip(random_numbers& random, ts::label_set const& labels) {
  std::string text;
  std::vector<sentence> written;
  for (std::size_t s = 0; s < 6; ++s) {
    sentence next;
    std::size_t const length = random.below(5);
    bool good = true;
    for (std::size_t i = 0; i < length; ++i) {
      next.tokens.push_back(random_token(random));
      std::string const& token = next.tokens.back();
      bool const mark = text.empty() && i == 0 && token.starts_with("\xEF\xBB\xBF");
      good = good && !token.empty() && token.find_first_of("\t\n\r") == std::string::npos && token != "-DOCSTART-" &&
             !mark;
      next.gold.push_back(static_cast<ts::label_id>(random.below(labels.size())));
      next.predicted.push_back(static_cast<ts::label_id>(random.below(labels.size())));
    }
    std::string const before = text;
    auto const done = ts::write_conll(text, next.tokens, labels, {next.gold, next.predicted});
    REQUIRE(done.has_value() == good);
    if (!good) {
      REQUIRE(done.error().code == ts::errc::bad_token);
      REQUIRE(text == before);
    } else if (length != 0) {
      written.push_back(next);
    }
  }
  if (random.one_in(2)) {  // as another system would end its lines
    std::string crlf;
    for (char c : text) crlf += c == '\n' ? std::string("\r\n") : std::string(1, c);
    text = crlf;
  }
  if (random.one_in(2)) text.insert(0, "\xEF\xBB\xBF");
  if (random.one_in(2) && text.ends_with("\n")) text.pop_back();
  ts::label_set same = labels;
  ts::label_set fresh(labels.options());
  ts::conll_options const options{.tags = {ts::column::index(1), ts::column::from_end(1)}};
  for (ts::label_set* set : {&same, &fresh}) {
    auto const corpus = ts::read_conll(text, *set, options);
    if (written.empty()) {
      REQUIRE(corpus.error().code == ts::errc::empty_input);
      continue;
    }
    REQUIRE(corpus.has_value());
    REQUIRE(corpus->size() == written.size());
    REQUIRE(corpus->document_starts().empty());
    REQUIRE(corpus->comments().empty());
    for (std::size_t s = 0; s < written.size(); ++s) {
      REQUIRE(corpus->tokens_of(s).size() == written[s].tokens.size());
      for (std::size_t i = 0; i < written[s].tokens.size(); ++i) {
        REQUIRE(corpus->tokens_of(s)[i] == written[s].tokens[i]);
        REQUIRE(set->name(corpus->tags_of(s, 0)[i]) == labels.name(written[s].gold[i]));
        REQUIRE(set->name(corpus->tags_of(s, 1)[i]) == labels.name(written[s].predicted[i]));
      }
    }
  }
}

}  // namespace

TEST_CASE("tokens of all kinds survive writing and reading") {
  random_numbers random(21);
  auto const letters =
      ts::label_set::from_id2label({"B-X", "O", "I-X", "B-=", "B-micro avg", "S-\xFF", "B-", "I-#"}).value();
  auto const suffixed =
      ts::label_set::from_id2label({"X-B", "O", "=-I"}, {.position = ts::prefix_position::after}).value();
  auto const plain =
      ts::label_set::from_id2label({"PER", "O", "=", "a b"}, {.no_prefix = ts::no_prefix::inside}).value();
  for (int round = 0; round < 1500; ++round) {
    round_trip(random, letters);
    round_trip(random, plain);
    round_trip(random, suffixed);
  }
}
