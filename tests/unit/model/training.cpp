// SPDX-License-Identifier: MIT
#include <tagspan/model/training.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <vector>

namespace ts = tagspan;

TEST_CASE("label_counter ignores -100, and an error counts nothing") {
  ts::label_counter counter(3);
  CHECK(counter.add(std::vector<std::int64_t>{0, 0, -100, 2}).has_value());
  CHECK(counter.add(std::vector<std::uint8_t>{0}).has_value());
  CHECK(counter.add(std::vector<int>{1, 3}).error() == ts::error{ts::errc::id_out_of_range, 1, 0});
  CHECK(counter.counts() == std::vector<std::uint64_t>{3, 0, 1});
}

TEST_CASE("class weights by hand") {
  std::vector<std::uint64_t> const counts{8, 0, 2};
  CHECK(ts::inverse_frequency_weights(counts) == std::vector<double>{10.0 / 16, 0, 10.0 / 4});
  CHECK(ts::inverse_frequency_weights(std::vector<std::uint64_t>{0, 0}) == std::vector<double>{0, 0});

  // (1 - .5) / (1 - .5^n): 128/255 and 2/3, scaled to the mean 1.
  auto const effective = ts::effective_number_weights(counts, 0.5).value();
  double const scale = 2 / (128.0 / 255 + 2.0 / 3);
  CHECK(effective[0] == doctest::Approx(128.0 / 255 * scale).epsilon(1e-14));
  CHECK(effective[1] == 0);
  CHECK(effective[2] == doctest::Approx(2.0 / 3 * scale).epsilon(1e-14));
  CHECK(*ts::effective_number_weights(counts, 0) == std::vector<double>{1, 0, 1});
  // Towards 1 it is inverse frequency.
  auto const near = ts::effective_number_weights(counts, 1 - 1e-12).value();
  CHECK(near[2] / near[0] == doctest::Approx(4).epsilon(1e-9));
  for (double beta : {1.0, -0.1, std::nan("")}) {
    CHECK(ts::effective_number_weights(counts, beta).error().code == ts::errc::bad_option);
  }
  CHECK(*ts::effective_number_weights(std::vector<std::uint64_t>{0}, 0.9) == std::vector<double>{0});
}

TEST_CASE("upsampling weights: the repeat factor of the rarest type") {
  auto const labels = ts::label_set::for_types<ts::bio>({"PER", "LOC"});  // O B-PER I-PER B-LOC I-LOC
  std::vector<std::vector<int>> const sentences{{0, 1, 2, 1}, {0, 0}, {1, 3, -100}, {1, 0}};
  // PER is in 3 of 4 sentences, LOC in 1 of 4.
  auto const weights = ts::upsampling_weights(sentences, labels, 1).value();
  REQUIRE(weights.size() == 4);
  CHECK(weights[0] == doctest::Approx(std::sqrt(4.0 / 3)));
  CHECK(weights[1] == 1);
  CHECK(weights[2] == 2);
  CHECK(weights[3] == weights[0]);
  CHECK(*ts::upsampling_weights(sentences, labels, 0.5) == std::vector<double>{1, 1, std::sqrt(2.0), 1});
  CHECK(ts::upsampling_weights(sentences, labels, 0).error().code == ts::errc::bad_option);
  CHECK(ts::upsampling_weights(sentences, labels, 1.5).error().code == ts::errc::bad_option);
  std::vector<std::vector<int>> const bad{{0}, {0, 9}};
  CHECK(ts::upsampling_weights(bad, labels, 1).error() == ts::error{ts::errc::bad_id_in_sentence, 1, 1});
}
