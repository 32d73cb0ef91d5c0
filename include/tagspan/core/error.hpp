// SPDX-License-Identifier: MIT
// How tagspan says no. Bad data is a value: result<T> holds what was asked for, or an error that says what is wrong and
// where. A programmer's mistake is not data: it goes to one contract handler.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <tagspan/core/version.hpp>

#if TAGSPAN_CONTRACT == TAGSPAN_CONTRACT_THROW
#include <stdexcept>
#endif

namespace tagspan::inline TAGSPAN_ABI {

// What is wrong. Behind each code: what error::where and error::inner count. Both are positions from 0, except lines
// and columns of a file, which count from 1 as editors do. Where a function works on one sequence, `where` is the
// position in it; what sees many (eval, calibration) has codes of its own, with the sentence in `where`.
enum class errc : std::uint8_t {
  // labels
  empty_label = 1,         // where: position of the name
  duplicate_label,         // where: position of the name; inner: position of its first occurrence
  label_without_prefix,    // where: position of the name
  mixed_labels,            // where: position of the first name that is unlike those before it
  unknown_label,           // where: position of the name or tag. Decoding: id of the label
  unknown_type,            // where: position of the type, its name or the entity; 0 where there is one
  too_many_labels,         // where: position of the name that no longer fits
  // ids and tags
  id_out_of_range,         // where: position of the id
  length_mismatch,         // where: sentence or row (0 where there is only one); inner: the first position without a
                           // partner
  scheme_required,         // strict reading, or labels whose letters fit none, and no scheme was named
  label_missing,           // where: index of the entity or position of the tag; inner: position of the token whose
                           // label the set lacks. Decoding: a type; 0 where no label of it may begin an entity, 1 end
  // entities
  span_out_of_range,       // where: index of the entity
  spans_overlap,           // where: index of the entity; inner: index of the one it overlaps
  not_representable,       // where: index of the entity that the scheme can't tell from its neighbour; inner: that one
  duplicate_entity,        // where: sentence; inner: index of the entity
  // scores of systems
  options_differ,          // what was counted by different rules can't be added up or compared
  bad_gate,                // where: position in the text of the gate
  gold_differs,            // where: the first document of which two systems do not have the same gold
  bad_id_in_sentence,      // where: sentence; inner: position of the id
  bad_type_in_sentence,    // where: sentence; inner: index of the entity
  bad_span_in_sentence,    // where: sentence, window or document; inner: index of the entity
  // files
  empty_input,             // nothing to read
  missing_column,          // where: line; inner: column, both from 1
  missing_header,          // a column is asked for by name, and no header has it. where: index of the column asked for
  bad_label,               // where: line; inner: column, both from 1
  token_mismatch,          // where: line in the first file; inner: line in the second
  bad_token,               // where: position of the token that can't be written
  bad_json,                // where: byte
  // numbers
  not_a_number,            // where: row; inner: column. Of scored entities: sentence; index of the entity
  no_legal_path,           // where: the first row that no legal path reaches
  shape_mismatch,          // where: what was given; inner: what was expected
  bad_option,              // an option has a value outside its range. where: see the function
  no_outside_label,        // the label set has no O, and the call needs one
  no_word_source,          // words are asked for, and nothing says where they begin
  bad_offsets,             // where: position of the span that runs backwards or overlaps the one before it
  too_few_data,            // where: how many there are; inner: how many are needed
  word_too_long,           // where: its first token; inner: how many tokens it has
  encoding_mismatch,       // where: the part of the encoding, counted as in the sentence below; inner: its entries
  bad_temperature,         // it is not a positive number, or it is not 1 and there are no logits to divide
  no_offsets,              // nothing says where the tokens lie in the text
  model_failed,            // where, inner: the model's own
  // text
  ill_formed_text,         // where: byte offset
  off_boundary,            // where: the offset that lies inside a character
  out_of_text,             // where: the offset that lies behind the end
  texts_differ,            // where: the token, and inner: the token of the other side, at which the texts part
  // labels in a model's config
  bad_label_key,           // where: position of the entry whose key is no id, or stands twice
  bad_label_name,          // where: position of the entry whose label is no text
  label_gap,               // where: the id that no entry has; inner: how many entries there are
  // windows
  overlap_too_large,       // where: the overlap; inner: the tokens of a window without those that are reserved
  // labels and a scheme
  type_incomplete,  // where: the type; inner: 0 where no label of it may begin an entity in the scheme, 1 end one
};

struct error {
  errc code{};
  std::size_t where{}, inner{};
  friend constexpr bool operator==(error const&, error const&) = default;
};

namespace detail {

// One row a code. `%w` and `%i` stand for where and inner, `%c` for the context (quoted, or left out with its blank).
constexpr char const* sentence_of(errc code) {
  switch (code) {
    case errc::empty_label: return "label %w is empty; a label needs a name %c";
    case errc::duplicate_label: return "label %c stands twice, at %i and at %w; a label has one id";
    case errc::label_without_prefix:
      return "label %c at %w is neither O nor a role letter (B I M E L S U W) with '-' or '_' and a type; to read "
             "plain types, choose another no_prefix policy";
    case errc::mixed_labels:
      return "label %c at %w is unlike the labels before it: one set has one separator, one side for the prefix, and "
             "either prefixes or none";
    case errc::unknown_label: return "label %c at %w is not in the label set";
    case errc::unknown_type: return "the label set has no type %c (at %w)";
    case errc::too_many_labels: return "label %c at %w is one more than ids can count";
    case errc::id_out_of_range: return "no label has the id at position %w %c";
    case errc::length_mismatch: return "sentence %w: the two sides differ in length, position %i has no partner %c";
    case errc::scheme_required:
      return "a scheme is wanted, for strict reading or because the labels fit none: name one, as in "
             "to_entities<bio>(...) "
             "%c";
    case errc::label_missing:
      return "the label set has no label for token %i of entity %w %c; a set made by growing() or label_set::for_types "
             "has";
    case errc::span_out_of_range: return "entity %w is empty, runs backwards or leaves the sequence %c";
    case errc::spans_overlap: return "entities %w and %i overlap, and tags can hold only one entity a token %c";
    case errc::not_representable:
      return "entities %w and %i touch and have one type: the scheme cannot keep them apart %c";
    case errc::duplicate_entity: return "sentence %w: entity %i is given twice %c";
    case errc::options_differ: return "these two were counted by different rules and cannot be added up or compared %c";
    case errc::bad_gate: return "a gate reads PATH=NUMBER, as in micro.f1=0.85; at %w: %c";
    case errc::gold_differs: return "document %w does not have the same gold for both systems %c";
    case errc::bad_id_in_sentence: return "sentence %w: no label has the id at position %i %c";
    case errc::bad_type_in_sentence: return "sentence %w: the label set has no type %c of entity %i";
    case errc::bad_span_in_sentence:
      return "sentence, window or document %w: entity %i is empty, runs backwards or leaves it %c";
    case errc::empty_input: return "there is nothing to read %c";
    case errc::missing_column: return "line %w has no column %i %c";
    case errc::missing_header: return "no header line names column %c";
    case errc::bad_label: return "line %w, column %i: %c is no label of this set";
    case errc::token_mismatch:
      return "line %w of the first file and line %i of the second do not hold the same token %c";
    case errc::bad_token: return "token %w is empty or holds a character that ends a column or a line %c";
    case errc::bad_json: return "not the JSON that is expected here, at byte %w %c";
    case errc::not_a_number: return "row %w, column %i is not a number that can be used %c";
    case errc::no_legal_path: return "no legal path reaches row %w %c";
    case errc::shape_mismatch: return "%w given where %i are expected: rows, columns or entries do not match %c";
    case errc::bad_option:
      return "an option is outside its range; its number, as the function's comment counts, is %w (%i) %c";
    case errc::no_outside_label: return "the label set has no O %c";
    case errc::no_word_source:
      return "words are asked for, and nothing says where they begin: give word_ids, offsets with text, or pieces %c";
    case errc::bad_offsets: return "offset %w runs backwards or overlaps the one before it %c";
    case errc::too_few_data: return "%w examples are too few; %i are needed %c";
    case errc::word_too_long:
      return "the word of %i tokens at token %w leaves no room in a window of this size and overlap %c";
    case errc::no_offsets:
      return "spans of text are asked for, and nothing says where the tokens lie in it: give offsets, or pieces with "
             "their style, or count in tokens %c";
    case errc::model_failed: return "the model gave no scores (%w, %i) %c";
    case errc::encoding_mismatch:
      return "the encoding has %i entries in part %w (0 word_ids, 1 offsets, 2 special_tokens_mask, 3 pieces), which "
             "is not one a token %c";
    case errc::bad_temperature: return "a temperature is a positive number, and divides logits only %c";
    case errc::ill_formed_text: return "the text is not UTF-8 at byte %w %c";
    case errc::off_boundary: return "offset %w lies inside a character %c";
    case errc::out_of_text: return "offset %w lies behind the end of the text %c";
    case errc::texts_differ:
      return "from token %w here and token %i there on, the two sides do not hold the same text %c";
    case errc::bad_label_key: return "entry %w of id2label: the key %c is no id, or stands twice";
    case errc::bad_label_name: return "entry %w of id2label: the label is no text %c";
    case errc::label_gap: return "id2label has %i entries and none with the id %w: ids count from 0 without a gap %c";
    case errc::overlap_too_large:
      return "an overlap of %w in windows of %i tokens, reserved ones aside, leaves no room for anything new %c";
    case errc::type_incomplete:
      return "type %w lacks a label that may begin (0) or end (1) an entity in this scheme: %i %c";
  }
  return "unknown error (%w, %i) %c";
}

}  // namespace detail

// The error as a sentence that a user can act on. `context` is what the caller knows and the error does not: the
// offending label, the file's name. Linear in the length of the text; allocates the string.
inline std::string message(error const& e, std::string_view context = {}) {
  std::string text;
  for (char const* p = detail::sentence_of(e.code); *p != '\0'; ++p) {
    if (*p != '%') {
      text += *p;
      continue;
    }
    switch (*++p) {
      case 'w': text += std::to_string(e.where); break;
      case 'i': text += std::to_string(e.inner); break;
      default:
        if (!context.empty()) {
          text += '\'';
          text += context;
          text += '\'';
        } else if (!text.empty() && text.back() == ' ') {
          text.pop_back();
        }
    }
  }
  return text;
}

#if TAGSPAN_CONTRACT == TAGSPAN_CONTRACT_THROW
struct contract_violation : std::logic_error {
  using std::logic_error::logic_error;
};
#endif

namespace detail {

[[noreturn]] inline void broken_contract(char const* what, char const* file, int line) {
#if TAGSPAN_CONTRACT == TAGSPAN_CONTRACT_THROW
  throw contract_violation(std::string(file) + ':' + std::to_string(line) + ": " + what);
#else
  std::fprintf(stderr, "%s:%d: tagspan: broken contract: %s\n", file, line, what);
  std::abort();
#endif
}

}  // namespace detail

// `what` is a sentence for the programmer who broke it.
#if TAGSPAN_CONTRACT == TAGSPAN_CONTRACT_UNCHECKED
#define TAGSPAN_EXPECTS(condition, what) static_cast<void>(0)
#else
#define TAGSPAN_EXPECTS(condition, what) \
  ((condition) ? static_cast<void>(0) : ::tagspan::detail::broken_contract(what, __FILE__, __LINE__))
#endif

namespace detail {

[[noreturn]] inline void no_value(error const& e, std::source_location const& where) {
  broken_contract(("value() of a result that holds an error: " + message(e)).c_str(), where.file_name(),
                  static_cast<int>(where.line()));
}

}  // namespace detail

#if TAGSPAN_CONTRACT == TAGSPAN_CONTRACT_UNCHECKED
#define TAGSPAN_EXPECTS_VALUE(has, e, where) static_cast<void>(where)
#else
#define TAGSPAN_EXPECTS_VALUE(has, e, where) ((has) ? static_cast<void>(0) : detail::no_value(e, where))
#endif

// Either a T or an error. Taking the value of an error breaks a contract. On a temporary, value() and * give the value
// itself and not a reference into it, so that `for (auto& e : f().value())` is safe.
template <class T>
class [[nodiscard]] result {
  static_assert(!std::is_reference_v<T> && !std::is_same_v<std::remove_cv_t<T>, tagspan::error>);

 public:
  using value_type = T;

  template <class U = T>
    requires(std::is_constructible_v<T, U &&> && std::is_convertible_v<U &&, T> &&
             !std::is_same_v<std::remove_cvref_t<U>, result> && !std::is_same_v<std::remove_cvref_t<U>, tagspan::error>)
  constexpr result(U&& value) : value_(std::forward<U>(value)) {}
  constexpr result(tagspan::error e) : error_(e) {}

  constexpr bool has_value() const noexcept { return value_.has_value(); }
  constexpr explicit operator bool() const noexcept { return has_value(); }

  // Contract: has_value(). The message names the place of this call and what the error is.
  constexpr T& value(std::source_location where = std::source_location::current()) & { return *checked(value_, where); }
  constexpr T const& value(std::source_location where = std::source_location::current()) const& {
    return *checked(value_, where);
  }
  constexpr T value(std::source_location where = std::source_location::current()) && {
    return std::move(*checked(value_, where));
  }
  constexpr T value(std::source_location where = std::source_location::current()) const&& {
    return *checked(value_, where);
  }
  constexpr T& operator*() & { return value(); }
  constexpr T const& operator*() const& { return value(); }
  constexpr T operator*() && { return std::move(*this).value(); }
  constexpr T operator*() const&& { return value(); }
  constexpr T* operator->() { return &value(); }
  constexpr T const* operator->() const { return &value(); }

  constexpr tagspan::error error() const {
    TAGSPAN_EXPECTS(!has_value(), "error() of a result that holds a value");
    return error_;
  }

 private:
  template <class O>
  constexpr O& checked(O& value, std::source_location const& where) const {
    TAGSPAN_EXPECTS_VALUE(value.has_value(), error_, where);
    return value;
  }

  std::optional<T> value_;
  tagspan::error error_{};
};

template <>
class [[nodiscard]] result<void> {
 public:
  constexpr result() = default;
  constexpr result(tagspan::error e) : error_(e), failed_(true) {}

  constexpr bool has_value() const noexcept { return !failed_; }
  constexpr explicit operator bool() const noexcept { return has_value(); }
  constexpr void value(std::source_location where = std::source_location::current()) const {
    TAGSPAN_EXPECTS_VALUE(has_value(), error_, where);
  }
  constexpr tagspan::error error() const {
    TAGSPAN_EXPECTS(failed_, "error() of a result that holds a value");
    return error_;
  }

 private:
  tagspan::error error_{};
  bool failed_ = false;
};

}  // namespace tagspan::inline TAGSPAN_ABI
