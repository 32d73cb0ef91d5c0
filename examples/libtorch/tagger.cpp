// SPDX-License-Identifier: MIT
// The tagger's network: pieces, the letters of their word and its shape go through dilated convolutions (Strubell et
// al. 2017, "Fast and Accurate Entity Recognition with Iterated Dilated Convolutions") and become one row of logits a
// piece. Losses for it; that of the CRF layer learns scores that tagspan's viterbi takes as they are.
#include "tagger.hpp"

#include <torch/nn/functional/loss.h>
#include <torch/nn/modules/container/modulelist.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/dropout.h>
#include <torch/nn/modules/embedding.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/utils/clip_grad.h>
#include <torch/optim/adam.h>
#include <torch/serialize.h>

#include <algorithm>

namespace tagger {

namespace {

struct batch {
  torch::Tensor pieces, shapes;  // sentences × length
  torch::Tensor word;            // sentences × length: which row of the words, 0 for none
  torch::Tensor runs, starts;    // the words' runs, one behind the other
  torch::Tensor mask;            // sentences × length × 1: 1 where there is a piece
};

batch make_batch(std::span<encoded const* const> sentences) {
  std::size_t length = 0;
  for (encoded const* s : sentences) length = std::max(length, s->pieces.size());
  std::size_t const cells = sentences.size() * length;
  std::vector<std::int64_t> pieces(cells, vocabulary::padding), shapes(cells), word(cells);
  std::vector<float> mask(cells);
  std::vector<std::int64_t> runs, starts = {0};  // row 0 is a word without letters
  std::size_t row = 0;
  for (encoded const* s : sentences) {
    auto const first_word = static_cast<std::int64_t>(starts.size());
    for (auto const& of_word : s->runs) {
      starts.push_back(static_cast<std::int64_t>(runs.size()));
      runs.insert(runs.end(), of_word.begin(), of_word.end());
    }
    for (std::size_t i = 0; i < s->pieces.size(); ++i) {
      std::size_t const cell = row * length + i;
      pieces[cell] = s->pieces[i];
      mask[cell] = 1;
      if (s->word_ids[i] < 0) continue;
      shapes[cell] = s->shapes[static_cast<std::size_t>(s->word_ids[i])];
      word[cell] = first_word + s->word_ids[i];
    }
    ++row;
  }
  auto const matrix = [&](std::vector<std::int64_t> const& values) {
    return torch::tensor(values).view({static_cast<std::int64_t>(sentences.size()), static_cast<std::int64_t>(length)});
  };
  return {
      matrix(pieces),
      matrix(shapes),
      matrix(word),
      torch::tensor(runs, torch::kLong),
      torch::tensor(starts),
      torch::tensor(mask).view({static_cast<std::int64_t>(sentences.size()), static_cast<std::int64_t>(length), 1})};
}

// ---- the model

struct layers_impl : torch::nn::Module {
  static constexpr std::int64_t of_piece = 48, of_runs = 48, of_shape = 8, width = 128;

  layers_impl(std::int64_t vocabulary_size, std::int64_t labels)
      : pieces(register_module("pieces", torch::nn::Embedding(vocabulary_size, of_piece))),
        shapes(register_module("shapes", torch::nn::Embedding(vocabulary::shapes, of_shape))),
        runs(register_module(
            "runs",
            torch::nn::EmbeddingBag(torch::nn::EmbeddingBagOptions(vocabulary::runs, of_runs).mode(torch::kMean)))),
        dropout(register_module("dropout", torch::nn::Dropout(0.3))),
        out(register_module("out", torch::nn::Linear(width, labels))),
        transitions(register_parameter("transitions", torch::zeros({labels, labels}))),
        start(register_parameter("start", torch::zeros(labels))),
        end(register_parameter("end", torch::zeros(labels))) {
    std::int64_t channels = of_piece + of_runs + of_shape;
    for (std::int64_t dilation : {1, 2, 4}) {
      layers->push_back(
          torch::nn::Conv1d(torch::nn::Conv1dOptions(channels, width, 3).padding(dilation).dilation(dilation)));
      channels = width;
    }
    register_module("layers", layers);
  }

  // sentences × length × labels. What lies behind a sentence is 0 in each layer, as if it were the end of the batch: a
  // sentence has the same logits in every batch.
  torch::Tensor forward(batch const& b) {
    auto known = b.pieces;
    if (is_training()) {  // now and then a piece is unknown, so that the model learns what to do then
      auto const hidden = (torch::rand(known.sizes()) < 0.1).logical_and(known >= vocabulary::first);
      known = known.masked_fill(hidden, vocabulary::unknown);
    }
    auto const letters = runs(b.runs, b.starts).index_select(0, b.word.flatten());
    auto x = torch::cat({pieces(known), letters.view({b.word.size(0), b.word.size(1), of_runs}), shapes(b.shapes)}, 2);
    x = dropout(x) * b.mask;
    auto const mask = b.mask.transpose(1, 2);
    x = x.transpose(1, 2);
    for (std::size_t k = 0; k < layers->size(); ++k) {
      auto const y = torch::relu(layers->at<torch::nn::Conv1dImpl>(k).forward(x));
      x = (k == 0 ? y : x + y) * mask;
    }
    return out(dropout(x.transpose(1, 2)));
  }

  torch::nn::Embedding pieces, shapes;
  torch::nn::EmbeddingBag runs;
  torch::nn::ModuleList layers;
  torch::nn::Dropout dropout;
  torch::nn::Linear out;
  torch::Tensor transitions, start, end;  // of the CRF layer; zeros where none was trained
};
TORCH_MODULE_IMPL(layers_holder, layers_impl);

// ---- losses

constexpr std::int64_t ignored = network::ignored;

// -(1 - p)² log p of the gold label: what is right already weighs little (Lin et al. 2017).
torch::Tensor focal_loss(torch::Tensor const& logits, torch::Tensor const& labels) {
  auto const labelled = labels != ignored;
  auto const log_p = torch::log_softmax(logits.index({labelled}), 1).gather(1, labels.index({labelled}).unsqueeze(1));
  return -((1 - log_p.exp()).pow(2) * log_p).mean();
}

// The CRF layer's loss (Lafferty, McCallum & Pereira 2001): log of the sum over all paths less the gold path's score, a
// labelled position. The path runs over what is labelled: the first pieces of the words.
torch::Tensor crf_loss(torch::Tensor const& logits, torch::Tensor const& labels, layers_impl const& net) {
  auto const labelled = labels != ignored;
  auto const count = labelled.sum(1);
  std::int64_t const longest = count.max().item<std::int64_t>();
  // The labelled positions of each sentence, in their order, in front of the others.
  auto const order =
      std::get<1>(torch::sort(labelled.logical_not().to(torch::kByte), /*stable=*/true, 1, false)).slice(1, 0, longest);
  auto const scores = logits.gather(1, order.unsqueeze(2).expand({-1, -1, logits.size(2)}));
  auto const mask = labelled.gather(1, order);
  auto const gold = labels.gather(1, order).masked_fill(mask.logical_not(), 0);
  auto const weight = mask.to(torch::kFloat);

  auto all = net.start + scores.select(1, 0);
  for (std::int64_t t = 1; t < longest; ++t) {
    auto const next = torch::logsumexp(all.unsqueeze(2) + net.transitions, 1) + scores.select(1, t);
    all = torch::where(mask.select(1, t).unsqueeze(1), next, all);
  }
  auto const total = torch::logsumexp(all + net.end, 1);

  auto const last = gold.gather(1, (count - 1).unsqueeze(1)).squeeze(1);
  auto path = (scores.gather(2, gold.unsqueeze(2)).squeeze(2) * weight).sum(1) +
              net.start.index_select(0, gold.select(1, 0)) + net.end.index_select(0, last);
  if (longest > 1) {
    auto const from = gold.slice(1, 0, longest - 1);
    auto const to = gold.slice(1, 1, longest);
    auto const steps = net.transitions.flatten().index_select(0, (from * net.transitions.size(0) + to).flatten());
    path = path + (steps.view(from.sizes()) * weight.slice(1, 1, longest)).sum(1);
  }
  return (total - path).sum() / count.sum();
}

torch::Tensor loss_of(loss kind, torch::Tensor const& logits, torch::Tensor const& labels, torch::Tensor const& weights,
                      layers_impl const& net) {
  namespace F = torch::nn::functional;
  switch (kind) {
    case loss::focal: return focal_loss(logits.flatten(0, 1), labels.flatten());
    case loss::crf: return crf_loss(logits, labels, net);
    case loss::cross_entropy:
    case loss::weighted: break;
  }
  auto options = F::CrossEntropyFuncOptions().ignore_index(ignored);
  if (kind == loss::weighted) options.weight(weights);
  return F::cross_entropy(logits.flatten(0, 1), labels.flatten(), options);
}

}  // namespace

struct network::parts {
  parts(std::int64_t vocabulary_size, std::int64_t labels)
      : net(vocabulary_size, labels), optimizer(net->parameters(), torch::optim::AdamOptions(1e-3)) {}
  layers_holder net;
  torch::optim::Adam optimizer;
};

network::network(std::int64_t vocabulary_size, std::size_t labels, std::uint64_t seed) {
  torch::manual_seed(seed);
  parts_ = std::make_unique<parts>(vocabulary_size, static_cast<std::int64_t>(labels));
}
network::network(network&&) noexcept = default;
network& network::operator=(network&&) noexcept = default;
network::~network() = default;

double network::step(std::span<encoded const* const> sentences, ts::label_batch& labels, loss kind,
                     std::span<double const> weights, double rate) {
  auto& [net, optimizer] = *parts_;
  for (auto& group : optimizer.param_groups()) static_cast<torch::optim::AdamOptions&>(group.options()).lr(rate);
  auto const shape = {static_cast<std::int64_t>(labels.rows), static_cast<std::int64_t>(labels.columns)};
  auto const gold = torch::from_blob(labels.values.data(), shape, torch::kInt).to(torch::kLong);
  auto const weight = torch::tensor(std::vector<double>(weights.begin(), weights.end()), torch::kFloat);
  net->train();
  optimizer.zero_grad();
  auto const lost = loss_of(kind, net->forward(make_batch(sentences)), gold, weight, *net);
  lost.backward();
  torch::nn::utils::clip_grad_norm_(net->parameters(), 5);
  optimizer.step();
  return lost.item<double>();
}

std::vector<std::vector<float>> network::logits(std::span<encoded const> sentences) {
  torch::NoGradGuard const no_gradients;
  parts_->net->eval();
  std::vector<std::vector<float>> out;
  for (std::size_t begin = 0; begin < sentences.size(); begin += 32) {
    std::vector<encoded const*> some;
    for (std::size_t i = begin; i < std::min(begin + 32, sentences.size()); ++i) some.push_back(&sentences[i]);
    auto const scores = parts_->net->forward(make_batch(some)).contiguous();
    float const* const all = scores.data_ptr<float>();
    for (std::size_t i = 0; i < some.size(); ++i) {
      float const* const from = all + static_cast<std::int64_t>(i) * scores.size(1) * scores.size(2);
      out.emplace_back(from, from + static_cast<std::int64_t>(some[i]->pieces.size()) * scores.size(2));
    }
  }
  return out;
}

namespace {
std::span<float const> values_of(torch::Tensor const& tensor) {
  return {tensor.data_ptr<float>(), static_cast<std::size_t>(tensor.numel())};
}
}  // namespace

std::span<float const> network::transitions() const { return values_of(parts_->net->transitions); }
std::span<float const> network::start() const { return values_of(parts_->net->start); }
std::span<float const> network::end() const { return values_of(parts_->net->end); }
std::size_t network::labels() const { return static_cast<std::size_t>(parts_->net->out->weight.size(0)); }

void network::save(std::string const& path) const { torch::save(parts_->net, path); }
void network::load(std::string const& path) { torch::load(parts_->net, path); }

void set_threads(int count) { torch::set_num_threads(count); }

}  // namespace tagger
