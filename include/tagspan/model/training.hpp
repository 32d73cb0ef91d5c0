// SPDX-License-Identifier: MIT
// What a trainer's loss and sampler ask of the labels: how often each occurs, what each should weigh, and how often a
// sentence should be seen.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <tagspan/core/error.hpp>
#include <tagspan/core/span.hpp>
#include <tagspan/detail/math.hpp>
#include <tagspan/tags/entities.hpp>
#include <tagspan/tags/labels.hpp>

namespace tagspan::inline TAGSPAN_ABI {

// How often each label occurs. Add sentences one by one; ignored positions count nothing.
class label_counter {
 public:
  explicit label_counter(std::size_t labels, std::optional<label_id> ignore_index = -100)
      : counts_(labels), ignore_index_(ignore_index) {}

  // Errors: id_out_of_range {position}; then nothing was counted. Linear; allocates nothing.
  template <label_range R>
  result<void> add(R const& ids) {
    std::size_t const bad = detail::first_unknown(ids, counts_.size(), ignore_index_);
    if (bad != ids.size()) return error{errc::id_out_of_range, bad, 0};
    auto const* const data = ids.data();
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (!detail::is_ignored(data[i], ignore_index_)) ++counts_[static_cast<std::size_t>(data[i])];
    }
    return {};
  }
  // By label id.
  std::vector<std::uint64_t> const& counts() const noexcept { return counts_; }

 private:
  std::vector<std::uint64_t> counts_;
  std::optional<label_id> ignore_index_;
};

namespace detail {

// Scales weights so that those of labels that occur have the mean 1: the loss keeps its size.
inline void to_mean_one(std::vector<double>& weights) {
  double sum = 0;
  double present = 0;
  for (double w : weights) {
    sum += w;
    present += w > 0 ? 1 : 0;
  }
  if (!(sum > 0)) return;
  for (double& w : weights) w *= present / sum;
}

}  // namespace detail

// Weights by inverse frequency: total / (labels that occur × count), as scikit-learn's class_weight="balanced" has it.
// A label that never occurs gets 0: no loss asks for it. Linear; allocates the result.
inline std::vector<double> inverse_frequency_weights(std::span<std::uint64_t const> counts) {
  double total = 0;
  double present = 0;
  for (std::uint64_t c : counts) {
    total += static_cast<double>(c);
    present += c > 0 ? 1 : 0;
  }
  std::vector<double> weights(counts.size());
  for (std::size_t k = 0; k < counts.size(); ++k) {
    if (counts[k] > 0) weights[k] = total / (present * static_cast<double>(counts[k]));
  }
  return weights;
}

// Weights by the effective number of samples, (1 - beta) / (1 - beta^count), scaled so that the labels that occur have
// the mean 1. beta 0 weighs all alike; towards 1 it becomes inverse frequency. A label that never occurs gets 0.
// Errors: bad_option where beta is not in [0, 1). Source: Cui, Jia, Lin, Song & Belongie 2019, Class-Balanced Loss
// Based on Effective Number of Samples.
inline result<std::vector<double>> effective_number_weights(std::span<std::uint64_t const> counts,
                                                            double beta = 0.999) {
  if (!(beta >= 0 && beta < 1)) return error{errc::bad_option, 0, 0};
  std::vector<double> weights(counts.size());
  for (std::size_t k = 0; k < counts.size(); ++k) {
    if (counts[k] == 0) continue;
    // 1 - beta^n by expm1, which keeps its digits where beta is near 1.
    double const effective = beta == 0 ? 1 : -detail::expm1(static_cast<double>(counts[k]) * detail::log(beta));
    weights[k] = (1 - beta) / effective;
  }
  detail::to_mean_one(weights);
  return weights;
}

// How often to see each sentence, at least 1: the repeat factor of its rarest type, max(1, sqrt(threshold / f)), where
// f is the share of sentences that hold an entity of the type. 1 for sentences without entities. Give it to a sampler
// as it is, or its whole part and the rest as a chance. `sentences` is a range of label ranges, read leniently. Errors:
// bad_option where the threshold is not in (0, 1]; bad_id_in_sentence {sentence, position}. Linear; allocates the
// result. Source: Gupta, Dollár & Girshick 2019, LVIS, appendix on repeat factor sampling.
template <class Sentences>
requires label_range<std::remove_cvref_t<decltype(*std::begin(std::declval<Sentences const&>()))>>
    result<std::vector<double>> upsampling_weights(Sentences const& sentences, label_set const& labels,
                                                   double threshold, std::optional<label_id> ignore_index = -100) {
  if (!(threshold > 0 && threshold <= 1)) return error{errc::bad_option, 0, 0};
  constexpr std::size_t none = static_cast<std::size_t>(-1);
  read_options const options{.reading = reading::lenient, .ignore_index = ignore_index};
  std::vector<std::size_t> holding(labels.type_count());     // sentences by type
  std::vector<std::size_t> last(labels.type_count(), none);  // the last of them
  std::size_t count = 0;
  for (auto const& ids : sentences) {
    auto const read = for_each_entity(
        ids, labels,
        [&](token_entity const& e) {
          std::size_t const type = index(e.type);
          if (last[type] != count) ++holding[type];
          last[type] = count;
        },
        options);
    if (!read) return error{errc::bad_id_in_sentence, count, read.error().where};
    ++count;
  }
  std::vector<double> factor(labels.type_count(), 1);
  for (std::size_t t = 0; t < factor.size(); ++t) {
    if (holding[t] == 0) continue;
    double const wanted = detail::sqrt(threshold * static_cast<double>(count) / static_cast<double>(holding[t]));
    if (wanted > 1) factor[t] = wanted;
  }
  std::vector<double> weights;
  weights.reserve(count);
  for (auto const& ids : sentences) {
    double weight = 1;
    for_each_entity(
        ids, labels,
        [&](token_entity const& e) {
          if (factor[index(e.type)] > weight) weight = factor[index(e.type)];
        },
        options)
        .value();
    weights.push_back(weight);
  }
  return weights;
}

}  // namespace tagspan::inline TAGSPAN_ABI
