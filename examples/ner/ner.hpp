// SPDX-License-Identifier: MIT
// A named-entity recogniser around somebody's model: text → WordPiece → windows → the model → entities. All that the
// programs in libtorch/ and onnxruntime/ share; what differs between them is one callable.
#pragma once
#include <tagspan/core/error.hpp>
#include <tagspan/model/pipeline.hpp>
#include <tagspan/tags/labels.hpp>
#include <tagspan/tags/scheme.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "../wordpiece/wordpiece.hpp"

namespace ner {

namespace ts = tagspan;

// What a backend owes: windows in, their scores out. These may lie in the backend's own memory until its next call.
using model = std::function<ts::result<ts::score_tensor<float>>(ts::window_batch const&)>;

struct files {
  std::string model, tokenizer, config;
};

using entities = std::vector<ts::scored_entity<ts::unit::byte>>;

// Everything but the model, and where the time goes. One thread at a time.
class recogniser {
 public:
  // Throws std::runtime_error for files that cannot be read or understood.
  recogniser(files const& from, ner::model model, ts::pipeline_options options);
  recogniser(recogniser const&) = delete;  // the pipeline refers to the labels
  recogniser& operator=(recogniser const&) = delete;

  // The entities of a text, in bytes. Errors: ill_formed_text {byte}, and those of the pipeline.
  ts::result<entities> operator()(std::string_view text);
  // The same from another model's answers.
  ts::result<entities> with(ner::model const& other, std::string_view text);

  ts::label_set const& labels() const { return labels_; }
  wordpiece::tokenizer const& tokenizer() const { return tokenizer_; }
  ner::model const& model() const { return model_; }
  ts::pipeline_trace const& trace() const { return result_.trace; }  // of the last text

  struct seconds {
    double tokenizer = 0, model = 0, tagspan = 0;
  };
  seconds const& spent() const { return spent_; }

 private:
  wordpiece::tokenizer tokenizer_;
  ts::label_set labels_;
  ner::model model_;
  ts::pipeline<ts::bio> pipeline_;
  ts::pipeline_workspace workspace_;
  ts::pipeline_result<ts::unit::byte> result_;
  seconds spent_;
};

std::string read_file(std::string const& path);

// The program: options, documents in, JSON Lines out. `load` opens the file that --model names.
int run(int argc, char** argv, std::string const& default_model, std::function<model(std::string const&)> const& load);

// What --check, --check-windows and --score do: they print what they found, and give false where a bar is missed.
bool check_sentences(recogniser& recognise, std::string const& path);
bool check_windows(recogniser& recognise, std::string const& path);

struct gold_options {
  std::string types;  // "person=PER,group=ORG": the gold's names for the model's types; others are left out
  int token_column = 0;
  int tag_column = -1;  // negative: from the last
};
bool score(recogniser& recognise, std::string const& path, gold_options const& options);

}  // namespace ner
