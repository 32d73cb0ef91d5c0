// SPDX-License-Identifier: MIT
#include <tagspan/io/conll.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "support/words.hpp"

namespace ts = tagspan;
using namespace std::string_view_literals;

namespace {

// A corpus as text: token/label, sentences in brackets, '*' before one that starts a document.
std::string shown(ts::conll_corpus const& corpus, ts::label_set const& labels, std::size_t column = 0) {
  std::string text;
  std::size_t document = 0;
  for (std::size_t s = 0; s < corpus.size(); ++s) {
    if (document < corpus.document_starts().size() && corpus.document_starts()[document] == s) {
      text += '*';
      ++document;
    }
    text += '[';
    for (std::size_t i = 0; i < corpus.tokens_of(s).size(); ++i) {
      if (i != 0) text += '|';
      text += corpus.tokens_of(s)[i];
      text += '/';
      text += labels.name(corpus.tags_of(s, column)[i]);
    }
    text += ']';
  }
  return text;
}

struct row {
  std::string_view what;
  std::string_view text;
  std::string_view expected;
};

static_assert(!std::is_constructible_v<ts::conll_reader, std::string, ts::label_set&>);
static_assert(std::is_constructible_v<ts::conll_reader, char const*, ts::label_set&>);
static_assert(std::is_constructible_v<ts::conll_reader, std::string&, ts::label_set&>);
template <class Name>
concept names_a_column = requires(Name&& name) { ts::column::named(std::forward<Name>(name)); };
static_assert(names_a_column<std::string&> && names_a_column<std::string const&> && names_a_column<char const*>);
static_assert(!names_a_column<std::string>);
template <class Corpus>
concept gives_views = requires(Corpus&& c) { std::forward<Corpus>(c).tokens(); } ||
                      requires(Corpus&& c) { std::forward<Corpus>(c).lines(); } ||
                      requires(Corpus&& c) { std::forward<Corpus>(c).tags(); } ||
                      requires(Corpus&& c) { std::forward<Corpus>(c).tokens_of(0); } ||
                      requires(Corpus&& c) { std::forward<Corpus>(c).tags_of(0); } ||
                      requires(Corpus&& c) { std::forward<Corpus>(c).document_starts(); } ||
                      requires(Corpus&& c) { std::forward<Corpus>(c).comments(); } ||
                      requires(Corpus&& c) { std::forward<Corpus>(c).bad_labels(); };
static_assert(gives_views<ts::conll_corpus&> && gives_views<ts::conll_corpus const&>);
static_assert(!gives_views<ts::conll_corpus> && !gives_views<ts::conll_corpus const>);
static_assert(!std::is_copy_constructible_v<ts::conll_reader> && std::is_move_constructible_v<ts::conll_reader>);

}  // namespace

TEST_CASE("what is read") {
  row const rows[] = {
      {"tabs", "New\tB-L\nYork\tI-L\n\nx\tO\n", "[New/B-L|York/I-L][x/O]"},
      {"blanks", "New B-L\nYork I-L\n\nx O\n", "[New/B-L|York/I-L][x/O]"},
      {"runs of blanks, at both ends too", "  New   B-L  \nx O", "[New/B-L|x/O]"},
      {"more columns", "New NNP x B-L\nYork NNP y I-L\n", "[New/B-L|York/I-L]"},
      {"a token that is a blank", " \tO\nx\tB-L\n", "[ /O|x/B-L]"},
      {"a token with blanks", "New York\tB-L\n", "[New York/B-L]"},
      {"a token with blanks, split at blanks", "x O\nNew York City B-L\n", "[x/O|New York City/B-L]"},
      {"blanks around a tag", "x\t O \n", "[x/O]"},
      {"a tag with a blank in it", "x\tB-micro avg\n", "[x/B-micro avg]"},
      {"no final newline", "x O", "[x/O]"},
      {"CRLF", "x\tO\r\n\r\ny\tO\r\n", "[x/O][y/O]"},
      {"CRLF, no final newline", "x\tO\r", "[x/O]"},
      {"byte order mark", "\xEF\xBB\xBFx\tO\n", "[x/O]"},
      {"blank lines anywhere", "\n\n \n\t\nx O\n\n \t \n\ny O\n\n\n", "[x/O][y/O]"},
      {"NUL and invalid bytes", "a\0b\tO\n\xFF\xC0\tB-\xFE\n"sv, "[a\0b/O|\xFF\xC0/B-\xFE]"sv},
      {"other white space is content", "a\vb O\n\xC2\xA0 O\n", "[a\vb/O|\xC2\xA0/O]"},
      {"a carriage return inside", "a\rb\tO\n", "[a\rb/O]"},
      {"'#' as a token", "#\tO\nx\tB-L\n#\tI-L\n", "[#/O|x/B-L|#/I-L]"},
      {"'#' as a token, blanks", "x O\n# O\n#nlproc B-topic\n", "[x/O|#/O|#nlproc/B-topic]"},
      {"'#' as the first token", "#nlproc B-topic\nx O\n", "[#nlproc/B-topic|x/O]"},
      {"'#' before '='", "#\tO\n=\tO\n", "[#/O|=/O]"},
      {"prose that ends like a row", "a O\n# Section B\nb O\n", "[a/O|b/O]"},
      {"prose that ends like a row, before the first", "# Section B\n\na O\n", "[a/O]"},
      {"prose before rows of more columns", "# Section B\na NN O\n# : O\n# of which O\n", "[a/O|#/O]"},
      {"comments", "# a comment\nx O\n# text = O\n#\n#x\ny O\n", "[x/O|y/O]"},
      {"a comment with a tab", "x\tO\n# a\tcomment\ny\tO\n", "[x/O|y/O]"},
      {"a comment with more tabs", "1\tx\tO\n#\thttp://e.org [2009]\n2\ty\tO\n", "[1/O|2/O]"},
      {"-DOCSTART-", "-DOCSTART- -X- O O\n\nx y z O\n\n-DOCSTART- -X- O O\n\ny y z O\n", "*[x/O]*[y/O]"},
      {"-DOCSTART- by tabs", "-DOCSTART-\tO\nx\tO\n-DOCSTART-\tO\ny\tO\n", "*[x/O]*[y/O]"},
      {"-DOCSTART- starts one sentence only", "a O\n-DOCSTART- O\n\nb O\n\nc O\n\nd O\n", "[a/O]*[b/O][c/O][d/O]"},
      {"-DOCSTART- alone at the end", "x\tO\n\n-DOCSTART-\tO\n", "[x/O]"},
      {"newdoc", "# newdoc id = 1\nx O\n\ny O\n\n# newdoc\nz O\n", "*[x/O][y/O]*[z/O]"},
      {"a token called newdoc", "newdoc O\n", "[newdoc/O]"},
      {"newdoc within a sentence", "x O\n# newdoc\ny O\n\nz O\n", "[x/O|y/O]*[z/O]"},
      {"types called like roles", "a B-O\nb I-O\nc O\nd B-B\n", "[a/B-O|b/I-O|c/O|d/B-B]"},
  };
  for (row const& r : rows) {
    CAPTURE(r.what);
    ts::label_set labels;
    auto const corpus = ts::read_conll(r.text, labels);
    REQUIRE(corpus.has_value());
    CHECK(shown(*corpus, labels) == r.expected);
    // Sentence by sentence it is the same.
    ts::label_set again;
    ts::conll_reader reader(r.text, again);
    std::size_t sentences = 0;
    while (reader.next().value()) {
      auto const& s = reader.sentence();
      REQUIRE(sentences < corpus->size());
      CHECK((std::vector(s.tokens.begin(), s.tokens.end()) ==
             std::vector(corpus->tokens_of(sentences).begin(), corpus->tokens_of(sentences).end())));
      CHECK(s.lines.size() == s.tokens.size());
      CHECK(s.tags().size() == s.tokens.size());
      ++sentences;
    }
    CHECK(sentences == corpus->size());
    CHECK_FALSE(reader.next().value());
    // Lines point back to where the tokens came from.
    for (std::size_t i = 0; i < corpus->token_count(); ++i) {
      CHECK(ts::line_at(r.text, corpus->lines()[i]).find(corpus->tokens()[i]) != std::string_view::npos);
    }
  }
}

TEST_CASE("comments are kept") {
  ts::label_set labels;
  std::string_view const text = "# sent_id = 1\nx O\n# inside\n\n# text = y\ny O\n# the end\n";
  ts::conll_reader reader(text, labels);
  REQUIRE(reader.next().value());
  REQUIRE(reader.sentence().comments.size() == 2);
  CHECK(reader.sentence().comments[0] == "# sent_id = 1");
  CHECK(reader.sentence().comments[1] == "# inside");
  REQUIRE(reader.next().value());
  CHECK(reader.sentence().comments.size() == 2);
  auto const corpus = ts::read_conll(text, labels).value();
  CHECK(corpus.comments().size() == 4);
  ts::conll_reader other("x O\n\n# behind the last sentence\n", labels);
  REQUIRE(other.next().value());
  CHECK(other.sentence().comments.empty());
  REQUIRE_FALSE(other.next().value());
  REQUIRE(other.sentence().comments.size() == 1);
  CHECK(other.sentence().tokens.empty());
  auto const behind = ts::read_conll("x O\n\n# behind the last sentence\n", labels).value();
  CHECK(behind.comments().size() == 1);
}

TEST_CASE("columns by index, from the end, and by name") {
  struct column_row {
    std::string_view what;
    std::string_view text;
    ts::column token, tag;
    std::string_view expected;
  };
  using ts::column;
  column_row const rows[] = {
      {"index", "a\tB-X\tB-Y\n", column::index(0), column::index(1), "[a/B-X]"},
      {"from the end", "a\tB-X\tB-Y\n", column::index(0), column::from_end(2), "[a/B-X]"},
      {"token in the middle", "1\ta\tB-X\n", column::index(1), column::from_end(1), "[a/B-X]"},
      {"tag before token", "B-X\ta\n", column::index(1), column::index(0), "[a/B-X]"},
      {"token from the end", "B-X\ta\n", column::from_end(1), column::index(0), "[a/B-X]"},
      {"token from the end, with blanks in it", "B-X a\nI-X New York\n", column::from_end(1), column::index(0),
       "[a/B-X|New York/I-X]"},
      {"token in the middle, with blanks in it", "1 a B-X\n2 New York I-X\n", column::index(1), column::from_end(1),
       "[a/B-X|New York/I-X]"},
      {"token second from the end, with blanks in it", "1 a B-X\n2 New York I-X\n", column::from_end(2),
       column::index(2), "[a/B-X|New York/I-X]"},
      {"header, tabs", "TOKEN\tA\tB\na\tB-X\tB-Y\n", column::named("TOKEN"), column::named("B"), "[a/B-Y]"},
      {"header, blanks", "TOKEN A B\na B-X B-Y\n", column::named("TOKEN"), column::named("A"), "[a/B-X]"},
      {"header after '#'", "# TOKEN A\na B-X\n", column::named("TOKEN"), column::named("A"), "[a/B-X]"},
      {"header with '#' glued to it", "#TOKEN\tA\na\tB-X\n", column::named("TOKEN"), column::named("A"), "[a/B-X]"},
      {"CoNLL-U Plus", "# global.columns = ID FORM NER\n1\ta\tB-X\n", column::named("FORM"), column::named("NER"),
       "[a/B-X]"},
      {"header, blank lines and mark before it", "\xEF\xBB\xBF\n\nTOKEN\tA\r\na\tB-X\r\n", column::named("TOKEN"),
       column::named("A"), "[a/B-X]"},
      {"name and index", "T\tA\na\tB-X\n", column::index(0), column::named("A"), "[a/B-X]"},
  };
  for (column_row const& r : rows) {
    CAPTURE(r.what);
    ts::label_set labels;
    auto const corpus = ts::read_conll(r.text, labels, {.token = r.token, .tags = {r.tag}});
    REQUIRE(corpus.has_value());
    CHECK(shown(*corpus, labels) == r.expected);
  }
  // Two tag columns at once, and none.
  ts::label_set labels;
  auto const both = ts::read_conll("a\tB-X\tO\n", labels, {.tags = {column::from_end(2), column::from_end(1)}}).value();
  CHECK(both.tag_columns() == 2);
  CHECK(shown(both, labels, 0) == "[a/B-X]");
  CHECK(shown(both, labels, 1) == "[a/O]");
  auto const none = ts::read_conll("a\n#b\n# newdoc\nc\n", labels, {.tags = {}}).value();
  CHECK(none.tag_columns() == 0);
  CHECK(none.token_count() == 3);
  CHECK(none.comments().size() == 1);
  CHECK_THROWS_AS(static_cast<void>(none.tags()), ts::contract_violation);
  CHECK_THROWS_AS(static_cast<void>(none.sentence(none.size())), ts::contract_violation);
}

TEST_CASE("errors, with line and column") {
  struct error_row {
    std::string_view what;
    std::string_view text;
    ts::conll_options options;
    ts::error expected;
  };
  using ts::column;
  using ts::errc;
  error_row const rows[] = {
      {"empty", "", {}, {errc::empty_input, 0, 0}},
      {"only blank lines", "\n\n \n", {}, {errc::empty_input, 0, 0}},
      {"only comments", "# a\n# b\n", {}, {errc::empty_input, 0, 0}},
      {"only a mark", "\xEF\xBB\xBF", {}, {errc::empty_input, 0, 0}},
      {"only a document start", "-DOCSTART- O\n", {}, {errc::empty_input, 0, 0}},
      {"one column", "x\n", {}, {errc::missing_column, 1, 2}},
      {"a column missing on one line", "x\tO\n\ny\n", {}, {errc::missing_column, 3, 2}},
      {"of three columns one is missing", "x a O\ny O\n", {}, {errc::missing_column, 2, 3}},
      {"an index too high", "x\tO\n", {.tags = {column::index(5)}}, {errc::missing_column, 1, 6}},
      {"an index that the row has, which lacks another",
       "x O a\ny O\n",
       {.tags = {column::index(1)}},
       {errc::missing_column, 2, 3}},
      {"the token from an end too far", "x\tO\n", {.token = column::from_end(7)}, {errc::missing_column, 1, 3}},
      {"from an end too far", "x\tO\n", {.tags = {column::from_end(3)}}, {errc::missing_column, 1, 3}},
      {"from_end(0) is no column", "x\tO\n", {.tags = {column::from_end(0)}}, {errc::missing_column, 1, 3}},
      {"no such token column", "x\tO\n", {.token = column::index(7)}, {errc::missing_column, 1, 8}},
      {"a bad label", "x\tO\n\ny\tPER\n", {}, {errc::bad_label, 3, 2}},
      {"an empty tag", "x\tO\ny\t\n", {}, {errc::bad_label, 2, 2}},
      {"a bad label in the second of two",
       "x\tO\tO\ny\tO\tQ\n",
       {.tags = {column::index(1), column::index(2)}},
       {errc::bad_label, 2, 3}},
      {"another separator", "x\tB-X\ny\tI_X\n", {}, {errc::bad_label, 2, 2}},
      {"a broken label of a token with '#'", "x\tO\n#y\tQQ\n", {}, {errc::bad_label, 2, 2}},
      {"a broken label of a bare '#'", "x\tO\n#\tQQ\n", {}, {errc::bad_label, 2, 2}},
      {"CRLF counts as one line", "x\tO\r\n\r\ny\tQ\r\n", {}, {errc::bad_label, 3, 2}},
      {"binary",
       "\x7F"
       "ELF\x02\0\0\0\xFF\x01"sv,
       {},
       {errc::missing_column, 1, 2}},
      {"no header", "x\tO\n", {.tags = {column::named("NER")}}, {errc::missing_header, 0, 0}},
      {"no header for the second tag",
       "T\tA\nx\tO\n",
       {.tags = {column::named("A"), column::named("B")}},
       {errc::missing_header, 1, 0}},
      {"no header for the token", "T\tA\nx\tO\n", {.token = column::named("X")}, {errc::missing_header, 1, 0}},
      {"a header, and nothing to read", "", {.tags = {column::named("NER")}}, {errc::missing_header, 0, 0}},
      {"a header in blank lines", "\n \n", {.tags = {column::named("NER")}}, {errc::missing_header, 0, 0}},
      {"only a header", "T\tA\n", {.tags = {column::named("A")}}, {errc::empty_input, 0, 0}},
  };
  for (error_row const& r : rows) {
    CAPTURE(r.what);
    ts::label_set labels;
    auto const corpus = ts::read_conll(r.text, labels, r.options);
    REQUIRE_FALSE(corpus.has_value());
    CAPTURE(static_cast<int>(corpus.error().code));
    CAPTURE(corpus.error().where);
    CAPTURE(corpus.error().inner);
    CHECK((corpus.error() == r.expected));
  }
  ts::label_set labels;
  CHECK(ts::read_conll(std::string_view{}, labels).error().code == ts::errc::empty_input);
  CHECK(ts::read_conll(std::string_view{}, labels, {.tags = {column::named("A")}}).error().code ==
        ts::errc::missing_header);
  // A frozen set takes no new label, and the reader stops for good.
  auto frozen = ts::label_set::for_types<ts::bio>({"X"});
  std::string_view const text = "a\tB-X\n\nb\tB-Y\n\nc\tO\n";
  ts::conll_reader reader(text, frozen);
  CHECK(reader.next().value());
  CHECK((reader.next().error() == ts::error{ts::errc::bad_label, 3, 2}));
  CHECK_FALSE(reader.next().value());
  CHECK(ts::line_at(text, 3) == "b\tB-Y");
}

TEST_CASE("bad labels as O, each with its place") {
  ts::label_set labels;
  auto const corpus =
      ts::read_conll("a\tB-X\nb\tQ\n\nc\n#d\tR\ne\t\nf\tI-X\n", labels, {.bad_label = ts::bad_label::outside}).value();
  CHECK(shown(corpus, labels) == "[a/B-X|b/O][c/O|#d/O|e/O|f/I-X]");
  std::vector<ts::error> const expected{{ts::errc::bad_label, 2, 2},
                                        {ts::errc::missing_column, 4, 2},
                                        {ts::errc::bad_label, 5, 2},
                                        {ts::errc::bad_label, 6, 2}};
  CHECK((std::vector(corpus.bad_labels().begin(), corpus.bad_labels().end()) == expected));
  auto frozen = ts::label_set::from_id2label({"B-X"}).value();
  CHECK(ts::read_conll("a\tB-Y\n", frozen, {.bad_label = ts::bad_label::outside}).error() ==
        ts::error{ts::errc::no_outside_label, 1, 2});
}

TEST_CASE("plain types for labels") {
  ts::label_set labels({.no_prefix = ts::no_prefix::inside});
  auto const corpus = ts::read_conll("#a\tPER\nb\tO\n#c\tLOC\n", labels).value();
  CHECK(shown(corpus, labels) == "[#a/PER|b/O|#c/LOC]");
  ts::label_set suffixed({.position = ts::prefix_position::after});
  CHECK(shown(ts::read_conll("a\tPER-B\n#\tPER-I\n", suffixed).value(), suffixed) == "[a/PER-B|#/PER-I]");
}

TEST_CASE("what the labels' options let pass for a label makes a row, blanks in its token or not") {
  struct plain_row {
    std::string_view what;
    std::string_view text;
    ts::label_options options;
    std::string_view expected;
  };
  plain_row const rows[] = {
      {"plain types", "x O\n# foo\tPER\n", {.no_prefix = ts::no_prefix::inside}, "[x/O|# foo/PER]"},
      {"plain types, at the head", "# foo\tPER\nx\tO\n", {.no_prefix = ts::no_prefix::inside}, "[# foo/PER|x/O]"},
      {"special labels", "x\tO\n# foo\t[PAD]\n", {.no_prefix = ts::no_prefix::outside}, "[x/O|# foo/[PAD]]"},
      {"no tag at all", "# foo\t\nx\tO\n", {.no_prefix = ts::no_prefix::inside}, "[x/O]"},
      {"letters wanted", "x\tO\n# foo\tPER\n", {}, "[x/O]"},
  };
  for (plain_row const& r : rows) {
    CAPTURE(r.what);
    ts::label_set labels(r.options);
    auto const corpus = ts::read_conll(r.text, labels).value();
    CHECK(shown(corpus, labels) == r.expected);
  }
  // Also what was written, in a set that has never seen its labels.
  ts::label_set labels({.no_prefix = ts::no_prefix::inside});
  auto const ids = labels.intern({"PER", "O"}).value();
  std::string text;
  ts::write_conll(text, std::vector<std::string>{"x", "# foo"}, labels, {ids}).value();
  ts::label_set fresh(labels.options());
  CHECK(shown(ts::read_conll(text, fresh).value(), fresh) == "[x/PER|# foo/O]");
  text.clear();
  ts::write_conll(text, std::vector<std::string>{"# foo", "x", "# foo"}, labels, {std::vector{ids[1], ids[1], ids[0]}})
      .value();
  ts::label_set fresher(labels.options());
  CHECK(shown(ts::read_conll(text, fresher).value(), fresher) == "[# foo/O|x/O|# foo/PER]");
}

TEST_CASE("one huge line, and very many short ones") {
  ts::label_set labels;
  std::string const huge(3000000, 'x');
  CHECK(ts::read_conll(huge, labels).error() == ts::error{ts::errc::missing_column, 1, 2});
  std::string const token = huge + "\tO";
  auto const one = ts::read_conll(token, labels).value();
  CHECK(one.tokens()[0].size() == huge.size());
  std::string blanks;
  for (int i = 0; i < 300000; ++i) blanks += "x ";
  blanks += "O\n";
  CHECK(ts::read_conll(blanks, labels).value().token_count() == 1);
  std::string tabs(500000, '\t');
  CHECK(ts::read_conll(tabs, labels).error().code == ts::errc::empty_input);
  std::string many;
  for (int i = 0; i < 100000; ++i) many += "x\tO\n\n";
  CHECK(ts::read_conll(many, labels).value().size() == 100000);
}

TEST_CASE("a reader that moves keeps its sentence") {
  ts::label_set labels;
  std::string_view const text = "a\tB-X\nb\tI-X\n\nc\tO\n";
  std::vector<ts::conll_reader> readers;
  readers.emplace_back(text, labels);
  REQUIRE(readers[0].next().value());
  for (int i = 0; i < 5; ++i) readers.emplace_back(text, labels);
  CHECK(readers[0].sentence().tokens[1] == "b");
  CHECK(readers[0].sentence().tags()[1] == labels.find("I-X"));
  CHECK(readers[0].next().value());
  CHECK(readers[0].sentence().tokens[0] == "c");
  CHECK_THROWS_AS(static_cast<void>(readers[0].sentence().tags(1)), ts::contract_violation);
}

TEST_CASE("the same tokens in two files") {
  struct pair_row {
    std::string_view what, a, b;
    std::optional<ts::error> strict, loose;
  };
  using ts::errc;
  pair_row const rows[] = {
      {"the same", "a O\nb O\n", "a\tB-X\nb\tO\n", {}, {}},
      {"other sentence breaks", "a O\n\nb O\n", "a O\nb O\n", {}, {}},
      {"another token", "a O\n\nb O\n", "a O\nc O\n", ts::error{errc::token_mismatch, 3, 2}, {}},
      {"the second is shorter", "a O\nb O\nc O\n", "a O\n", ts::error{errc::token_mismatch, 2, 1},
       ts::error{errc::token_mismatch, 2, 1}},
      {"the first is shorter", "a O\n", "# c\n\na O\nb O\n", ts::error{errc::token_mismatch, 1, 4},
       ts::error{errc::token_mismatch, 1, 4}},
  };
  for (pair_row const& r : rows) {
    CAPTURE(r.what);
    ts::label_set labels;
    auto const a = ts::read_conll(r.a, labels).value();
    auto const b = ts::read_conll(r.b, labels).value();
    auto const strict = ts::check_same_tokens(a, b);
    auto const loose = ts::check_same_tokens(a, b, false);
    REQUIRE(strict.has_value() == !r.strict.has_value());
    REQUIRE(loose.has_value() == !r.loose.has_value());
    if (r.strict) CHECK((strict.error() == *r.strict));
    if (r.loose) CHECK((loose.error() == *r.loose));
  }
}

TEST_CASE("line_at") {
  std::string_view const text = "a\r\n\nc";
  CHECK(ts::line_at(text, 1) == "a");
  CHECK(ts::line_at(text, 2) == "");
  CHECK(ts::line_at(text, 3) == "c");
  for (std::size_t line : {std::size_t{0}, std::size_t{4}, std::size_t{1000}}) CHECK(ts::line_at(text, line).empty());
  CHECK(ts::line_at("", 1).empty());
}

TEST_CASE("writing, and what cannot be written") {
  auto const labels = ts::label_set::from_id2label({"O", "B-X", "B-a b", "B-a\tb", "B-x ", "B-\n"}).value();
  using ids = std::vector<ts::label_id>;
  using tokens = std::vector<std::string>;
  std::string out;
  ts::write_conll(out, tokens{"a", " ", "#"}, labels, {ids{1, 0, 2}, ids{0, 0, 1}}).value();
  CHECK(out == "a\tB-X\tO\n \tO\tO\n#\tB-a b\tB-X\n\n");
  ts::write_conll(out, tokens{}, labels, {ids{}}).value();
  ts::write_conll(out, std::vector<std::string_view>{"z"}, labels, {ids{0}, ids{0}}).value();
  CHECK(out == "a\tB-X\tO\n \tO\tO\n#\tB-a b\tB-X\n\nz\tO\tO\n\n");

  struct write_row {
    std::string_view what;
    tokens given;
    ids column;
    ts::error expected;
  };
  using ts::errc;
  write_row const rows[] = {
      {"empty", {"a", ""}, {0, 0}, {errc::bad_token, 1, 0}},
      {"tab", {"a\tb"}, {0}, {errc::bad_token, 0, 0}},
      {"newline", {"a\n"}, {0}, {errc::bad_token, 0, 0}},
      {"carriage return", {"a", "b", "\r"}, {0, 0, 0}, {errc::bad_token, 2, 0}},
      {"document start", {"-DOCSTART-"}, {0}, {errc::bad_token, 0, 0}},
      {"too few ids", {"a", "b"}, {0}, {errc::length_mismatch, 0, 1}},
      {"too many ids", {"a"}, {0, 0}, {errc::length_mismatch, 0, 1}},
      {"ids without tokens", {}, {0}, {errc::length_mismatch, 0, 0}},
      {"no such id", {"a", "b"}, {0, 9}, {errc::id_out_of_range, 1, 0}},
      {"negative id", {"a"}, {-100}, {errc::id_out_of_range, 0, 0}},
      {"a tab in a label", {"a", "b"}, {0, 3}, {errc::bad_label, 2, 2}},
      {"a blank at the end of a label", {"a"}, {4}, {errc::bad_label, 1, 2}},
      {"a newline in a label", {"a"}, {5}, {errc::bad_label, 1, 2}},
  };
  for (write_row const& r : rows) {
    CAPTURE(r.what);
    std::string text = "before\tO\n\n";
    auto const done = ts::write_conll(text, r.given, labels, {r.column});
    REQUIRE_FALSE(done.has_value());
    CHECK((done.error() == r.expected));
    CHECK(text == "before\tO\n\n");
  }
  std::string fresh;
  CHECK(ts::write_conll(fresh, tokens{"\xEF\xBB\xBFx"}, labels, {ids{0}}).error().code == errc::bad_token);
  CHECK(fresh.empty());
  CHECK(ts::write_conll(fresh, tokens{"x", "\xEF\xBB\xBF"}, labels, {ids{0, 0}}).has_value());
  CHECK(ts::write_conll(fresh, tokens{"a b"}, labels, {}).error().code == errc::bad_token);
  CHECK(ts::write_conll(fresh, tokens{"ab"}, labels, {}).has_value());
}
