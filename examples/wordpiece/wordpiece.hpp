// SPDX-License-Identifier: MIT
// BERT's tokenizer as Hugging Face writes it into tokenizer.json: BertNormalizer (cased), BertPreTokenizer, WordPiece.
// An example of what tagspan asks of a tokenizer: the word of each token, and where it lies in the text.
#pragma once
#include <utf8proc.h>

#include <nlohmann/json.hpp>

#include <tagspan/core/error.hpp>
#include <tagspan/core/span.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace wordpiece {

// One entry a token, without [CLS] and [SEP].
struct encoding {
  std::vector<std::int64_t> ids;
  std::vector<std::string_view> pieces;     // views into the tokenizer
  std::vector<std::int32_t> word_ids;       // the pre-token: a run without white space, or one punctuation mark
  std::vector<tagspan::byte_span> offsets;  // in the text as it was given; other units: tagspan::offset_map
  std::vector<tagspan::byte_span> words;    // where each pre-token lies
};

namespace detail {

inline bool is_other(utf8proc_int32_t c) {  // Cc, Cf, Co; what is not assigned stays
  switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CO: return true;
    default: return false;
  }
}

inline bool is_space(utf8proc_int32_t c) {
  if (c == '\t' || c == '\n' || c == '\r') return true;
  auto const category = utf8proc_category(c);
  return category >= UTF8PROC_CATEGORY_ZS && category <= UTF8PROC_CATEGORY_ZP;
}

// What cleaning takes out of the text; a word goes on behind it.
inline bool is_dropped(utf8proc_int32_t c) { return !is_space(c) && (c == 0xFFFD || is_other(c)); }

inline bool is_punctuation(utf8proc_int32_t c) {
  bool const ascii =
      (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
  auto const category = utf8proc_category(c);
  return ascii || (category >= UTF8PROC_CATEGORY_PC && category <= UTF8PROC_CATEGORY_PO);
}

// BERT's "Chinese characters": the ideographs, and neither kana nor hangul.
inline bool is_ideograph(utf8proc_int32_t c) {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x20000 && c <= 0x2A6DF) ||
         (c >= 0x2A700 && c <= 0x2B81F) || (c >= 0x2B920 && c <= 0x2CEAF) || (c >= 0xF900 && c <= 0xFAFF) ||
         (c >= 0x2F800 && c <= 0x2FA1F);
}

struct text_hash : std::hash<std::string_view> {
  using is_transparent = void;
};
using vocabulary = std::unordered_map<std::string, std::int64_t, text_hash, std::equal_to<>>;

}  // namespace detail

class tokenizer {
 public:
  // From the text of tokenizer.json. Throws std::runtime_error for what is no JSON, lacks something, or asks for what
  // this tokenizer does not do (another kind, lower case, stripped accents).
  explicit tokenizer(std::string_view json_text) try {
    auto const json = nlohmann::json::parse(json_text);
    auto const& normalizer = json.at("normalizer");
    auto const& model = json.at("model");
    refuse_unless(normalizer.at("type") == "BertNormalizer" &&
                      json.at("pre_tokenizer").at("type") == "BertPreTokenizer" && model.at("type") == "WordPiece",
                  "this is not BERT's tokenizer (BertNormalizer, BertPreTokenizer, WordPiece)");
    auto const strip = normalizer.find("strip_accents");
    refuse_unless(!normalizer.at("lowercase").get<bool>() &&
                      (strip == normalizer.end() || strip->is_null() || !strip->get<bool>()),
                  "only cased models, which keep accents");
    clean_ = normalizer.at("clean_text").get<bool>();
    part_ideographs_ = normalizer.at("handle_chinese_chars").get<bool>();
    longest_ = model.at("max_input_chars_per_word").get<std::size_t>();
    std::string const prefix = model.at("continuing_subword_prefix").get<std::string>();
    for (auto const& [piece, id] : model.at("vocab").items()) {
      bool const continues = piece.starts_with(prefix);
      (continues ? rest_ : first_).emplace(piece.substr(continues ? prefix.size() : 0), id.get<std::int64_t>());
      auto const at = id.get<std::size_t>();
      if (pieces_.size() <= at) pieces_.resize(at + 1);
      pieces_[at] = piece;
    }
    unknown_ = first_.at(model.at("unk_token").get<std::string>());
    cls_ = first_.at("[CLS]");
    sep_ = first_.at("[SEP]");
  } catch (std::exception const& e) {
    throw std::runtime_error(std::string("tokenizer.json: ") + e.what());
  }

  std::int64_t cls() const { return cls_; }
  std::int64_t sep() const { return sep_; }
  std::string_view piece(std::int64_t id) const { return pieces_.at(static_cast<std::size_t>(id)); }

  // Errors: ill_formed_text {byte}. Text that reads "[SEP]" is text here, and no special token, as it is to Hugging
  // Face: nobody should steer a model by what they write.
  tagspan::result<encoding> encode(std::string_view text) const {
    encoding out;
    word w;
    for (std::size_t at = 0; at < text.size();) {
      utf8proc_int32_t c = 0;
      auto const* const bytes = reinterpret_cast<utf8proc_uint8_t const*>(text.data()) + at;
      auto const length = utf8proc_iterate(bytes, static_cast<utf8proc_ssize_t>(text.size() - at), &c);
      if (length <= 0) return tagspan::error{tagspan::errc::ill_formed_text, at, 0};
      tagspan::byte_span const place{at, at + static_cast<std::size_t>(length)};
      at = place.end;
      if (clean_ && detail::is_dropped(c)) continue;
      bool const space = detail::is_space(c);
      bool const alone = detail::is_punctuation(c) || (part_ideographs_ && detail::is_ideograph(c));
      if (space || alone) finish(w, out);
      if (!space) w.add(text, place);
      if (alone) finish(w, out);
    }
    finish(w, out);
    return out;
  }

 private:
  // The characters of a word without what was cleaned out, and where each of them stands in the text.
  struct word {
    std::string letters;
    std::vector<std::size_t> starts;  // in `letters`
    std::vector<tagspan::byte_span> places;

    void add(std::string_view text, tagspan::byte_span place) {
      starts.push_back(letters.size());
      places.push_back(place);
      letters.append(text.substr(place.begin, place.size()));
    }
  };

  static void refuse_unless(bool good, char const* why) {
    if (!good) throw std::runtime_error(why);
  }

  void finish(word& w, encoding& out) const {
    if (w.places.empty()) return;
    auto const word_id = static_cast<std::int32_t>(out.words.size());
    std::size_t const before = out.ids.size();
    auto const push = [&](std::int64_t id, std::size_t first, std::size_t end) {
      out.ids.push_back(id);
      out.pieces.push_back(piece(id));
      out.word_ids.push_back(word_id);
      out.offsets.push_back({w.places[first].begin, w.places[end - 1].end});
    };
    std::size_t const characters = w.places.size();
    out.words.push_back({w.places.front().begin, w.places.back().end});
    w.starts.push_back(w.letters.size());
    bool known = characters <= longest_;
    // The longest piece that the rest of the word begins with, again and again; a word that has a rest is unknown
    // whole.
    for (std::size_t first = 0; known && first < characters;) {
      auto const& table = first == 0 ? first_ : rest_;
      std::size_t end = characters;
      auto found = table.end();
      for (; end > first; --end) {
        found = table.find(std::string_view(w.letters).substr(w.starts[first], w.starts[end] - w.starts[first]));
        if (found != table.end()) break;
      }
      known = end > first;
      if (known) push(found->second, first, end);
      first = end;
    }
    if (!known) {
      out.ids.resize(before);
      out.pieces.resize(before);
      out.word_ids.resize(before);
      out.offsets.resize(before);
      push(unknown_, 0, characters);
    }
    w = {};
  }

  detail::vocabulary first_, rest_;  // pieces that begin a word; pieces that continue one, without "##"
  std::vector<std::string> pieces_;  // by id
  std::size_t longest_ = 100;
  std::int64_t unknown_ = 0, cls_ = 0, sep_ = 0;
  bool clean_ = true, part_ideographs_ = true;
};

}  // namespace wordpiece
