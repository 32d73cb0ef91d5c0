// SPDX-License-Identifier: MIT
// Trains a small tagger and says what each part of the work around it is worth: the loss, the scheme, legal paths,
// learned transitions, thresholds, a rule. tagspan brings all but the network: labels of pieces, class weights, F1 by
// epoch, temperature, thresholds, decoding, intervals, the label map.
//   train_ner --task two_types|resume|clinical [--corpus generated|wnut17|sr_set|turku|bc5cdr|ncbi] [--data FOLDER]
//             [--epochs N] [--seed N] [--threads N] [--out FOLDER]
//   train_ner --check        a few seconds on a few sentences; fails where something is not as it should be
// On one machine, one seed gives the same figures again; another machine adds numbers in another order.
#include <nlohmann/json.hpp>

#include <tagspan/eval/scorer.hpp>
#include <tagspan/eval/significance.hpp>
#include <tagspan/io/json.hpp>
#include <tagspan/model/align.hpp>
#include <tagspan/model/calibration.hpp>
#include <tagspan/model/decode.hpp>
#include <tagspan/model/training.hpp>
#include <tagspan/tags/convert.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <limits>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "corpora.hpp"
#include "tagger.hpp"

namespace {

namespace fs = std::filesystem;
namespace ts = tagspan;
using entities = std::vector<ts::scored_entity<ts::unit::token>>;
using logits_of_sentence = std::vector<float>;  // pieces × labels

struct settings {
  std::string task = "two_types", corpus;
  fs::path data = TRAIN_NER_DATA, out;
  std::int64_t epochs = 12;
  std::uint64_t seed = 1;
  int threads = 1;
  bool check = false;
};

// One part of a corpus, as the model is given it.
struct part {
  std::vector<corpora::sentence> sentences;
  std::vector<tagger::encoded> inputs;
};
struct material {
  ts::label_set labels;  // BIO
  part training, held_out, test;
};

// The same part with the labels of one scheme.
struct labelled {
  std::vector<std::vector<ts::label_id>> words, pieces;
  std::vector<std::vector<ts::token_entity>> entities;
};

template <ts::tag_scheme S>
labelled label(part const& p, ts::label_set const& bio, ts::label_set& labels) {
  labelled out;
  for (std::size_t i = 0; i < p.sentences.size(); ++i) {
    auto const words = ts::convert<ts::bio, S>(p.sentences[i].labels, bio, labels).value();
    out.entities.push_back(ts::to_entities<S>(words, labels).value());
    // The first piece of a word is trained; [CLS], [SEP] and the other pieces get -100.
    out.pieces.push_back(ts::align_labels(words, p.inputs[i].word_ids, labels).value());
    out.words.push_back(words);
  }
  return out;
}

// Which labels are taken: the best of each word, or the best path that the scheme allows.
enum class path : std::uint8_t { free, legal };

struct found {
  std::vector<entities> of;  // by sentence
  std::size_t malformed = 0;
};

// A trained model with all that was fitted beside it, whatever its scheme.
class trained {
 public:
  trained(std::string its_scheme, std::string its_loss)
      : scheme(std::move(its_scheme)), loss_name(std::move(its_loss)) {}
  virtual ~trained() = default;
  virtual found decode(std::vector<logits_of_sentence> const& logits, part const& p, path how, bool with_thresholds,
                       bool learned = true) const = 0;
  virtual ts::counted_corpus count(found const& f, bool of_test) const = 0;
  virtual ts::label_set const& labels() const = 0;

  std::string scheme, loss_name;
  std::unique_ptr<tagger::network> net;
  bool has_crf = false;
  double temperature = 1;
  ts::type_table<float> thresholds[2];  // by path
  std::vector<logits_of_sentence> held_out, test;
  double first_loss = 0, last_loss = 0, held_out_f1 = 0;
};

// The numbers of the sentences, in batches of such that have like lengths, so that little is padding; in random order.
std::vector<std::vector<std::size_t>> in_batches(std::vector<tagger::encoded> const& inputs, std::size_t batch_size,
                                                 generated::random& random) {
  std::vector<std::size_t> order(inputs.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
  std::vector<std::size_t> place(order.size());  // of two of one length the one that was shuffled to the front
  for (std::size_t i = 0; i < order.size(); ++i) place[order[i]] = i;
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::pair(inputs[a].pieces.size(), place[a]) < std::pair(inputs[b].pieces.size(), place[b]);
  });
  std::vector<std::vector<std::size_t>> out;
  for (std::size_t begin = 0; begin < order.size(); begin += batch_size) {
    auto const at = order.begin() + static_cast<std::ptrdiff_t>(begin);
    out.emplace_back(at, at + static_cast<std::ptrdiff_t>(std::min(batch_size, order.size() - begin)));
  }
  for (std::size_t i = out.size(); i > 1; --i) std::swap(out[i - 1], out[random.below(i)]);
  return out;
}

// Entities from logits that are there already: everything is one call of tagspan's decode.
template <ts::tag_scheme S>
ts::result<entities> decode(logits_of_sentence const& logits, tagger::encoded const& input, ts::label_set const& labels,
                            ts::decode_options const& options, ts::decode_workspace& memory) {
  entities out;
  std::size_t const pieces = input.pieces.size();
  ts::scores_view<float const> const scores{logits.data(), pieces, logits.size() / pieces};
  auto const done = ts::decode_into<S>(
      scores, labels, ts::encoding<ts::unit::token>{.word_ids = input.word_ids, .offsets = input.offsets}, options, out,
      memory);
  if (!done) return done.error();
  return out;
}

ts::decode_options options_for(trained const& s, path how, bool thresholds, bool learned = true) {
  ts::decode_options options{.aggregate = ts::aggregation::first, .temperature = s.temperature};
  if (thresholds) options.min_score_by_type = s.thresholds[how == path::legal];
  if (how == path::free) return options;
  options.path = ts::decode_path::viterbi;
  options.score = ts::entity_score::posterior;
  if (s.has_crf && learned) {
    options.transitions = s.net->transitions();
    options.start = s.net->start();
    options.end = s.net->end();
  }
  return options;
}

template <ts::tag_scheme S>
class trained_in : public trained {
 public:
  trained_in(std::string its_scheme, std::string its_loss, tagger::loss loss, material const& m,
             tagger::vocabulary const& vocabulary, settings const& options)
      : trained(std::move(its_scheme), std::move(its_loss)) {
    std::vector<std::string_view> types;
    for (std::uint32_t t = 0; t < m.labels.type_count(); ++t) types.push_back(m.labels.type_name(ts::type_id{t}));
    labels_ = ts::label_set::from_types<S>(types).value();
    training_ = label<S>(m.training, m.labels, labels_);
    gold_held_out_ = label<S>(m.held_out, m.labels, labels_);
    gold_test_ = label<S>(m.test, m.labels, labels_);
    has_crf = loss == tagger::loss::crf;
    train(loss, m, vocabulary, options);
    calibrate(m.held_out);
    test = net->logits(m.test.inputs);
  }

  found decode(std::vector<logits_of_sentence> const& logits, part const& p, path how, bool with_thresholds,
               bool learned) const override {
    found out;
    ts::decode_workspace memory;
    auto const options = options_for(*this, how, with_thresholds, learned);
    for (std::size_t i = 0; i < logits.size(); ++i) {
      out.of.push_back(::decode<S>(logits[i], p.inputs[i], labels_, options, memory).value());
      out.malformed += memory.counts().malformed;
    }
    return out;
  }

  ts::counted_corpus count(found const& f, bool of_test) const override {
    ts::count_table<S> table{labels_};
    auto const& gold = (of_test ? gold_test_ : gold_held_out_).entities;
    for (std::size_t i = 0; i < gold.size(); ++i) table.add(gold[i], f.of[i]).value();
    return table.counted();
  }

  ts::label_set const& labels() const override { return labels_; }

 private:
  void train(tagger::loss loss, material const& m, tagger::vocabulary const& vocabulary, settings const& options) {
    net = std::make_unique<tagger::network>(vocabulary.size(), labels_.size(), options.seed);
    ts::label_counter counter(labels_.size());
    for (auto const& row : training_.pieces) counter.add(row).value();
    auto const weights = ts::effective_number_weights(counter.counts(), 0.999).value();

    generated::random random(options.seed);
    for (std::int64_t epoch = 0; epoch < options.epochs; ++epoch) {
      double const rate = 2e-3 * (1 - 0.9 * static_cast<double>(epoch) / static_cast<double>(options.epochs));
      double sum = 0;
      auto const batches = in_batches(m.training.inputs, 16, random);
      for (auto const& numbers : batches) {
        std::vector<tagger::encoded const*> inputs;
        std::vector<std::vector<ts::label_id>> rows;
        for (std::size_t const i : numbers) {
          inputs.push_back(&m.training.inputs[i]);
          rows.push_back(training_.pieces[i]);
        }
        auto padded = ts::pad_labels(rows).value();  // with -100
        sum += net->step(inputs, padded, loss, weights, rate);
      }
      last_loss = sum / static_cast<double>(batches.size());
      if (epoch == 0) first_loss = last_loss;

      ts::scorer<S> scorer{labels_};
      auto const now = decode(net->logits(m.held_out.inputs), m.held_out, path::legal, false, true);
      for (std::size_t i = 0; i < now.of.size(); ++i) scorer.add(gold_held_out_.entities[i], now.of[i]).value();
      std::printf("%-5s %-13s epoch %2d  loss %.4f  held-out F1 %.4f\n", scheme.c_str(), loss_name.c_str(),
                  static_cast<int>(epoch) + 1, last_loss, scorer.report().micro.f1);
      std::fflush(stdout);
    }
  }

  // On held-out sentences: the temperature of the logits, then a threshold a type for each way of decoding.
  void calibrate(part const& p) {
    held_out = net->logits(p.inputs);
    if (!has_crf) {  // a CRF layer's logits are of one scale with its transitions, and stay as they are
      std::vector<float> rows;
      std::vector<ts::label_id> gold;
      for (std::size_t i = 0; i < held_out.size(); ++i) {
        rows.insert(rows.end(), held_out[i].begin(), held_out[i].end());
        gold.insert(gold.end(), gold_held_out_.pieces[i].begin(), gold_held_out_.pieces[i].end());
      }
      auto const fit =
          ts::fit_temperature(ts::scores_view<float const>{rows.data(), gold.size(), labels_.size()}, gold).value();
      if (fit.end == ts::search_end::inside) temperature = fit.temperature;
    }
    for (path how : {path::free, path::legal}) {
      ts::development_set dev{labels_};
      auto const all = decode(held_out, p, how, false, true);
      for (std::size_t i = 0; i < all.of.size(); ++i) dev.add(gold_held_out_.entities[i], all.of[i]).value();
      auto const tuned = ts::tune_thresholds(dev, ts::best_f1()).value();
      thresholds[how == path::legal] = tuned.thresholds;
      for (auto const& row : tuned.by_type) {  // nothing right at any threshold: then nothing is let through
        if (row.outcome == ts::tuning::out_of_reach) thresholds[how == path::legal].set(row.type, 2.0F, labels_);
      }
    }
    held_out_f1 = count(decode(held_out, p, path::legal, true, true), false).report.micro.f1;
  }

  ts::label_set labels_;
  labelled training_, gold_held_out_, gold_test_;
};

// ---- the model on disk

void save(trained const& s, tagger::vocabulary const& vocabulary, fs::path const& folder) {
  fs::create_directories(folder);
  s.net->save((folder / "model.pt").string());
  nlohmann::ordered_json config;
  config["id2label"] = ts::id2label_json(s.labels());
  config["label2id"] = ts::label2id_json(s.labels());
  config["crf"] = s.has_crf;
  config["temperature"] = s.temperature;
  for (auto const& e : s.thresholds[1]) config["thresholds"][e.name] = e.value;
  config["piece_ids"] = vocabulary.known();
  std::ofstream(folder / "config.json") << config.dump(1) << '\n';
}

// Legal paths with thresholds, from a folder that save() wrote.
class saved {
 public:
  saved(fs::path const& folder, wordpiece::tokenizer const& tokenizer) {
    std::string const text = corpora::read_file(folder / "config.json");
    labels_ = ts::label_set_from_config_text(text).value();
    auto const config = nlohmann::json::parse(text);
    vocabulary_ =
        std::make_unique<tagger::vocabulary>(tokenizer, config.at("piece_ids").get<std::vector<std::int64_t>>());
    net_ = std::make_unique<tagger::network>(vocabulary_->size(), labels_.size(), 1);
    net_->load((folder / "model.pt").string());
    // PyTorch's archives do not compare shapes: a model of other labels would only be noticed later.
    if (net_->labels() != labels_.size()) {
      throw std::runtime_error("the model has " + std::to_string(net_->labels()) + " labels and config.json " +
                               std::to_string(labels_.size()));
    }
    options_ = {.aggregate = ts::aggregation::first,
                .path = ts::decode_path::viterbi,
                .score = ts::entity_score::posterior,
                .temperature = config.at("temperature").get<double>()};
    for (auto const& [name, value] : config.at("thresholds").items()) {
      options_.min_score_by_type.set(labels_.find_type(name).value(), value.get<float>(), labels_);
    }
    if (config.at("crf").get<bool>()) {
      options_.transitions = net_->transitions();
      options_.start = net_->start();
      options_.end = net_->end();
    }
  }

  ts::result<entities> operator()(std::vector<std::string> const& words) {
    std::vector<tagger::encoded> const input = {vocabulary_->encode(words)};
    auto const logits = net_->logits(input);
    return labels_.detect_scheme() == ts::scheme_id::bioes
               ? ::decode<ts::bioes>(logits[0], input[0], labels_, options_, memory_)
               : ::decode<ts::bio>(logits[0], input[0], labels_, options_, memory_);
  }
  ts::label_set const& labels() const { return labels_; }

 private:
  ts::label_set labels_;
  std::unique_ptr<tagger::vocabulary> vocabulary_;
  std::unique_ptr<tagger::network> net_;
  ts::decode_options options_;
  ts::decode_workspace memory_;
};

// In how many sentences the saved model says something else than the one in memory.
std::size_t other_answers(trained const& s, part const& p, saved& loaded) {
  auto const expected = s.decode(s.test, p, path::legal, true);
  std::size_t other = 0;
  for (std::size_t i = 0; i < p.sentences.size(); ++i) {
    auto const now = loaded(p.sentences[i].words).value();
    bool const same = std::equal(now.begin(), now.end(), expected.of[i].begin(), expected.of[i].end(),
                                 [](auto const& a, auto const& b) { return a.span == b.span && a.type == b.type; });
    other += same ? 0U : 1U;
  }
  return other;
}

// ---- a rule against false positives

// Drops what experience says is no name. It costs the names that look like that.
struct rule {
  char const* says;
  bool (*drops)(std::span<std::string const> words, std::string_view type);
};

bool has_letter(std::string_view text, char from, char to) {
  return std::any_of(text.begin(), text.end(), [&](char c) { return c >= from && c <= to; });
}

rule rule_for(std::string_view task) {
  if (task == "clinical") {
    return {
        "a single word of at most three letters is dropped",
        [](std::span<std::string const> words, std::string_view) { return words.size() == 1 && words[0].size() <= 3; }};
  }
  return {task == "resume" ? "what has no capital is dropped, skills excepted" : "what has no capital is dropped",
          [](std::span<std::string const> words, std::string_view type) {
            return type != "SKILL" &&
                   std::none_of(words.begin(), words.end(), [](auto const& w) { return has_letter(w, 'A', 'Z'); });
          }};
}

found apply(rule const& r, found f, part const& p, ts::label_set const& labels) {
  for (std::size_t i = 0; i < f.of.size(); ++i) {
    std::erase_if(f.of[i], [&](auto const& e) {
      std::span<std::string const> const words = p.sentences[i].words;
      return r.drops(words.subspan(e.span.begin, e.span.size()), labels.type_name(e.type));
    });
  }
  return f;
}

// ---- the work

material prepare(corpora::corpus c, tagger::vocabulary& vocabulary) {
  material m{std::move(c.labels), {}, {}, {}};
  for (auto const& s : c.training) vocabulary.learn(s.words);
  auto const encode = [&](std::vector<corpora::sentence>& sentences) {
    part out{std::move(sentences), {}};
    for (auto const& s : out.sentences) out.inputs.push_back(vocabulary.encode(s.words));
    return out;
  };
  m.training = encode(c.training);
  m.held_out = encode(c.held_out);
  m.test = encode(c.test);
  return m;
}

corpora::corpus choose(corpora::task const& task, settings const& options) {
  std::string const name = options.corpus.empty() ? std::string(task.corpus) : options.corpus;
  corpora::sizes count;
  if (options.check) count = {300, 100, 100};
  if (name == "generated") return corpora::generate(task, count, options.seed);
  for (auto const& r : corpora::real_corpora()) {
    if (r.name != name || r.task != task.name) continue;
    if (auto real = corpora::load(r, options.data)) return std::move(*real);
    std::printf("%s is not in %s; a generated corpus stands in for it\n", name.c_str(), options.data.string().c_str());
    return corpora::generate(task, count, options.seed);
  }
  throw std::runtime_error("no corpus '" + name + "' for " + std::string(task.name));
}

void print_part(char const* name, part const& p, ts::label_set const& labels) {
  std::vector<std::size_t> count(labels.type_count());
  for (auto const& s : p.sentences) {
    for (auto const& e : ts::to_entities<ts::bio>(s.labels, labels).value()) ++count[ts::index(e.type)];
  }
  std::printf("  %-9s %5zu sentences", name, p.sentences.size());
  for (std::uint32_t t = 0; t < count.size(); ++t) {
    std::printf("  %s %zu", std::string(labels.type_name(ts::type_id{t})).c_str(), count[t]);
  }
  std::puts("");
}

void print_micro(char const* name, ts::prf const& r) {
  std::printf("  %-22s precision %.3f  recall %.3f  F1 %.3f  (%zu found, %zu of them right)\n", name, r.precision,
              r.recall, r.f1, r.predicted, r.correct);
}

void print_results(std::vector<std::unique_ptr<trained>> const& systems, part const& test, settings const& options,
                   trained const& best) {
  auto const f1 = [&](trained const& s, path how, bool thresholds) {
    return s.count(s.decode(s.test, test, how, thresholds), true).report.micro.f1;
  };
  std::puts("\nF1 on test               temper-   as they are      with thresholds   malformed");
  std::puts("labels loss               ature   free   legal      free   legal      (free)");
  for (auto const& s : systems) {
    std::printf("%-6s %-15s %8.2f  %.3f   %.3f     %.3f   %.3f   %8zu%s\n", s->scheme.c_str(), s->loss_name.c_str(),
                s->temperature, f1(*s, path::free, false), f1(*s, path::legal, false), f1(*s, path::free, true),
                f1(*s, path::legal, true), s->decode(s->test, test, path::free, false).malformed,
                s.get() == &best ? "  *" : "");
  }
  std::puts("* best on held-out sentences (legal, with thresholds); the rest is about this one");

  std::puts("");
  for (auto const& s : systems) {
    if (!s->has_crf) continue;
    auto const without = s->count(s->decode(s->test, test, path::legal, false, false), true).report.micro.f1;
    std::printf("%s CRF: legal paths by its logits alone F1 %.3f, with the transitions it learned %.3f\n",
                s->scheme.c_str(), without, f1(*s, path::legal, false));
  }
  trained const* of[2] = {};  // the CRFs
  for (auto const& s : systems) {
    if (s->has_crf) of[s->scheme == "BIOES"] = s.get();
  }
  if (of[0] != nullptr && of[1] != nullptr) {
    auto const documents = [&](trained const& s) {
      return s.count(s.decode(s.test, test, path::legal, false), true).documents;
    };
    auto const pair = ts::compare_systems(documents(*of[0]), documents(*of[1])).value().of[ts::micro_f1];
    std::printf("BIO against BIOES (CRF): F1 %.3f and %.3f, p = %.4f (approximate randomisation)\n", pair.first,
                pair.second, pair.p_randomised);
  }

  auto const kept = best.decode(best.test, test, path::legal, true);
  auto const counted = best.count(kept, true);
  auto const interval = ts::bootstrap_intervals(counted).value().of[ts::micro_f1].percentile;
  std::printf("\n%s %s, test, legal paths with thresholds (F1 in [%.3f, %.3f] at 95 %%)\n%s", best.scheme.c_str(),
              best.loss_name.c_str(), interval.low, interval.high, ts::to_text(counted.report, 3).c_str());
  rule const r = rule_for(options.task);
  auto const after = best.count(apply(r, kept, test, best.labels()), true).report.micro;
  auto const& before = counted.report.micro;
  std::printf("\nA rule: %s\n", r.says);
  print_micro("without it", before);
  print_micro("with it", after);
  std::printf("  %zu false ones are gone, for %zu true ones\n",
              (before.predicted - before.correct) - (after.predicted - after.correct), before.correct - after.correct);
}

int faults = 0;
void expect(bool holds, char const* what) {
  std::printf("%s: %s\n", holds ? "as expected" : "NOT as expected", what);
  if (!holds) ++faults;
}

// What --check looks at beside the numbers that it prints.
void check(std::vector<std::unique_ptr<trained>> const& systems, material const& m, trained const& best,
           fs::path const& folder, wordpiece::tokenizer const& tokenizer) {
  auto const& input = m.training.inputs[0];
  auto const aligned = ts::align_labels(m.training.sentences[0].labels, input.word_ids, m.labels).value();
  expect(aligned.front() == -100 && aligned.back() == -100, "[CLS] and [SEP] are not trained");
  for (auto const& s : systems) {
    std::printf("%s %s\n", s->scheme.c_str(), s->loss_name.c_str());
    expect(s->last_loss < s->first_loss / 2, "the loss falls below half of what it was");
    auto const legal = s->decode(s->test, m.test, path::legal, false);
    expect(legal.malformed == 0, "legal paths have no malformed step");
    expect(s->count(legal, true).report.micro.f1 > 0.6, "F1 on names that were never seen is above 0.6");
  }
  auto const crf = std::find_if(systems.begin(), systems.end(), [](auto const& s) { return s->has_crf; });
  auto const learned = (*crf)->net->transitions();
  expect(std::any_of(learned.begin(), learned.end(), [](float x) { return std::abs(x) > 0.01F; }),
         "transitions were learned");

  auto const logits = best.test[0];
  auto broken = logits;
  broken[best.labels().size()] = std::numeric_limits<float>::quiet_NaN();  // the first word's first score
  ts::decode_workspace memory;
  auto const options = options_for(best, path::legal, true);
  auto const decoded = [&](logits_of_sentence const& from, ts::label_set const& labels) {
    return best.scheme == "BIOES" ? ::decode<ts::bioes>(from, m.test.inputs[0], labels, options, memory)
                                  : ::decode<ts::bio>(from, m.test.inputs[0], labels, options, memory);
  };
  auto const nan = decoded(broken, best.labels());
  expect(!nan && nan.error().code == ts::errc::not_a_number && nan.error().where == 1, "NaN is refused, with its row");
  auto const narrow = ts::label_set::from_id2label({"O", "B-PER", "I-PER"}).value();
  auto const shape = decoded(logits, narrow);
  expect(!shape && shape.error().code == ts::errc::shape_mismatch, "logits of other labels are refused");

  auto config = nlohmann::ordered_json::parse(corpora::read_file(folder / "config.json"));
  expect(config["label2id"]["O"] == 0 && config["id2label"]["0"] == "O", "config.json has both maps");
  fs::path const other = folder / "other_labels";
  fs::create_directories(other);
  fs::copy_file(folder / "model.pt", other / "model.pt", fs::copy_options::overwrite_existing);
  config["id2label"].erase(std::to_string(best.labels().size() - 1));
  std::ofstream(other / "config.json") << config.dump() << '\n';
  bool refused = false;
  try {
    saved const wrong(other, tokenizer);
  } catch (std::exception const& e) {
    std::printf("%s\n", e.what());
    refused = true;
  }
  expect(refused, "a model of other labels than config.json's is refused");
}

int run(settings const& options) {
  auto const began = std::chrono::steady_clock::now();
  auto const& all = corpora::tasks();
  auto const task = std::find_if(all.begin(), all.end(), [&](auto const& t) { return t.name == options.task; });
  if (task == all.end()) throw std::runtime_error("no task '" + options.task + "'");
  wordpiece::tokenizer const tokenizer(corpora::read_file(NER_MODELS "/tokenizer.json"));
  tagger::vocabulary vocabulary(tokenizer);
  auto chosen = choose(*task, options);
  std::string const corpus = chosen.name;
  material const m = prepare(std::move(chosen), vocabulary);
  std::printf("%s on %s\n", options.task.c_str(), corpus.c_str());
  print_part("training", m.training, m.labels);
  print_part("held-out", m.held_out, m.labels);
  print_part("test", m.test, m.labels);

  std::vector<std::unique_ptr<trained>> systems;
  auto const bio = [&](char const* name, tagger::loss loss) {
    systems.push_back(std::make_unique<trained_in<ts::bio>>("BIO", name, loss, m, vocabulary, options));
  };
  auto const bioes = [&](char const* name, tagger::loss loss) {
    systems.push_back(std::make_unique<trained_in<ts::bioes>>("BIOES", name, loss, m, vocabulary, options));
  };
  bio("weighted", tagger::loss::weighted);
  if (!options.check) bio("cross-entropy", tagger::loss::cross_entropy);
  bio("focal", tagger::loss::focal);
  if (!options.check) bio("CRF", tagger::loss::crf);
  if (!options.check) bioes("weighted", tagger::loss::weighted);
  bioes("CRF", tagger::loss::crf);
  auto const& best = **std::max_element(systems.begin(), systems.end(),
                                        [](auto const& a, auto const& b) { return a->held_out_f1 < b->held_out_f1; });
  print_results(systems, m.test, options, best);

  fs::path const folder = options.out.empty() ? fs::temp_directory_path() / "tagspan_train_ner" : options.out;
  save(best, vocabulary, folder);
  saved loaded(folder, tokenizer);
  std::size_t const other = other_answers(best, m.test, loaded);
  std::printf("\nsaved in %s and loaded again: %zu sentences with another answer\n", folder.string().c_str(), other);
  expect(other == 0 && loaded.labels().size() == best.labels().size(), "the saved model is the trained one");
  if (options.check) check(systems, m, best, folder, tokenizer);
  std::printf("%.0f seconds, %.0f of them on a processor\n",
              std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count(),
              static_cast<double>(std::clock()) / CLOCKS_PER_SEC);
  return faults == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) try {
  settings options;
  std::vector<std::string> const arguments(argv + 1, argv + argc);
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    std::string const& name = arguments[i];
    if (name == "--check") {
      options.check = true;
      continue;
    }
    if (i + 1 == arguments.size()) throw std::runtime_error(name + ": a value is missing, or this is no option");
    std::string const& value = arguments[++i];
    if (name == "--task")
      options.task = value;
    else if (name == "--corpus")
      options.corpus = value;
    else if (name == "--data")
      options.data = value;
    else if (name == "--out")
      options.out = value;
    else if (name == "--epochs")
      options.epochs = std::stoll(value);
    else if (name == "--threads")
      options.threads = std::stoi(value);
    else if (name == "--seed")
      options.seed = std::stoull(value);
    else
      throw std::runtime_error(name + ": no such option");
  }
  if (options.epochs < 1) throw std::runtime_error("--epochs: at least one");
  tagger::set_threads(options.threads);
  return run(options);
} catch (std::exception const& e) {
  std::fprintf(stderr, "train_ner: %s\n", e.what());
  return 2;
}
