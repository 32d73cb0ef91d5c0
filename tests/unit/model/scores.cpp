// SPDX-License-Identifier: MIT
#include <tagspan/model/scores.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace ts = tagspan;

namespace {

constexpr float inf = std::numeric_limits<float>::infinity();
constexpr float qnan = std::numeric_limits<float>::quiet_NaN();

// A 16-bit float as runtimes have them: the upper half of a float.
struct half {
  std::uint16_t bits;
  explicit operator float() const {
    std::uint32_t const wide = std::uint32_t{bits} << 16;
    float value;
    static_assert(sizeof value == sizeof wide);
    __builtin_memcpy(&value, &wide, sizeof value);
    return value;
  }
  static half of(float value) {
    std::uint32_t wide;
    __builtin_memcpy(&wide, &value, sizeof wide);
    return {static_cast<std::uint16_t>(wide >> 16)};
  }
};

static_assert(ts::score_type<float> && ts::score_type<double const> && ts::score_type<half> &&
              ts::score_type<long double>);
static_assert(!ts::score_type<int> && !ts::score_type<std::uint8_t> && !ts::score_type<bool> && !ts::score_type<char*>);
static_assert(
    std::is_same_v<decltype(ts::scores_view{static_cast<float const*>(nullptr), 1, 1}), ts::scores_view<float const>>);

// The definition, one score after the other.
template <class T>
ts::label_id slow_argmax(T const* row, std::size_t columns) {
  bool found = false;
  std::size_t best = 0;
  for (std::size_t j = 0; j < columns; ++j) {
    if (std::isnan(row[j])) continue;
    if (!found || row[j] > row[best]) best = j;
    found = true;
  }
  return static_cast<ts::label_id>(best);
}

struct generator {  // splitmix64
  std::uint64_t state;
  std::uint64_t operator()() {
    std::uint64_t z = state += 0x9e3779b97f4a7c15U;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9U;
    z = (z ^ z >> 27) * 0x94d049bb133111ebU;
    return z ^ z >> 31;
  }
};

// Few different values, so that ties are common, and every kind of score that is none.
float awkward(generator& random, bool with_nan) {
  switch (random() % 12) {
    case 0: return -inf;
    case 1: return with_nan ? qnan : -0.0F;
    case 2: return with_nan && random() % 4 == 0 ? inf : 0.0F;
    default: return static_cast<float>(random() % 7) - 3;
  }
}

}  // namespace

TEST_CASE("argmax: the lowest of the highest, and never NaN") {
  struct row {
    char const* what;
    std::vector<float> scores;
    ts::label_id winner;
  };
  for (row const& r : {
           row{"one label", {0.5F}, 0},
           row{"the highest", {0, 2, 1}, 1},
           row{"a tie goes to the lowest", {1, 3, 3, 2}, 1},
           row{"both zeros are one number", {-0.0F, 0.0F}, 0},
           row{"NaN in front", {qnan, -2, -1}, 2},
           row{"NaN behind", {3, qnan}, 0},
           row{"NaN between", {1, qnan, 2, qnan}, 2},
           row{"-inf beats NaN", {qnan, -inf}, 1},
           row{"-inf throughout", {-inf, -inf, -inf}, 0},
           row{"NaN throughout", {qnan, qnan, qnan}, 0},
           row{"+inf", {1, inf, inf}, 1},
       }) {
    CAPTURE(r.what);
    ts::scores_view const scores{r.scores.data(), 1, r.scores.size()};
    CHECK(ts::argmax(scores) == std::vector{r.winner});
    // Once more between other rows, where whole blocks of rows are read at once.
    std::vector<float> many;
    for (int k = 0; k < 19; ++k) many.insert(many.end(), r.scores.begin(), r.scores.end());
    CHECK(ts::argmax(ts::scores_view{many.data(), 19, r.scores.size()}) == std::vector<ts::label_id>(19, r.winner));
    std::vector<double> const doubles(r.scores.begin(), r.scores.end());
    CHECK(ts::argmax(ts::scores_view{doubles.data(), 1, doubles.size()}) == std::vector{r.winner});
  }
}

TEST_CASE("argmax: as its slow twin, for every number of labels, rows and stride") {
  generator random{1};
  std::size_t compared = 0;
  for (std::size_t columns = 1; columns <= 70; ++columns) {
    for (std::size_t rows : {0U, 1U, 7U, 8U, 9U, 31U, 300U}) {
      for (std::size_t gap : {0U, 1U, 5U, 100U}) {
        bool const with_nan = random() % 2 == 0;
        std::size_t const stride = columns + gap;
        // Not a score more than the rows need: what lies behind them belongs to others.
        std::vector<float> values(rows == 0 ? 0 : (rows - 1) * stride + columns);
        for (float& v : values) v = awkward(random, with_nan);
        ts::scores_view<float const> const scores{values.data(), rows, columns, gap == 0 ? 0 : stride};
        std::vector<ts::label_id> expected;
        std::optional<ts::error> bad;
        for (std::size_t i = 0; i < rows; ++i) {
          expected.push_back(slow_argmax(values.data() + i * stride, columns));
          for (std::size_t j = 0; j < columns; ++j) {
            if (!bad && !(values[i * stride + j] < inf)) bad = ts::error{ts::errc::not_a_number, i, j};
          }
        }
        REQUIRE(ts::argmax(scores) == expected);
        std::vector<ts::label_id> out(rows);
        ts::argmax_into(scores, std::span<ts::label_id>(out));
        REQUIRE(out == expected);
        auto const checked = ts::checked_argmax(scores);
        REQUIRE(checked.has_value() == !bad.has_value());
        if (bad) {
          REQUIRE(checked.error() == *bad);
          REQUIRE(ts::first_not_a_number(scores) == ts::score_place{bad->where, bad->inner});
        } else {
          REQUIRE(*checked == expected);
          REQUIRE(!ts::first_not_a_number(scores));
        }
        ++compared;
      }
    }
  }
  CHECK(compared == 70 * 7 * 4);
}

TEST_CASE("argmax: more rows than the caches hold ids of") {
  std::size_t const rows = (std::size_t{1} << 21) + 13;
  std::size_t const columns = 5;
  generator random{4};
  std::vector<float> values(rows * columns);
  for (float& v : values) v = awkward(random, true);
  ts::scores_view<float const> const scores{values.data(), rows, columns};
  auto const all = ts::argmax(scores);
  REQUIRE(all.size() == rows);
  std::size_t differing = 0;
  for (std::size_t begin = 0; begin < rows; begin += 1000) {
    std::size_t const end = begin + 1000 < rows ? begin + 1000 : rows;
    auto const some = ts::argmax(scores.slice(begin, end));
    for (std::size_t i = begin; i < end; ++i) differing += some[i - begin] != all[i];
  }
  CHECK(differing == 0);
}

TEST_CASE("argmax: float, double, long double and 16-bit floats agree") {
  generator random{2};
  std::vector<float> floats(9 * 100);
  for (float& v : floats) v = static_cast<float>(static_cast<int>(random() % 201) - 100);
  std::vector<double> const doubles(floats.begin(), floats.end());
  std::vector<long double> const longs(floats.begin(), floats.end());
  std::vector<half> halves;
  for (float v : floats) halves.push_back(half::of(v));  // exact up to 256
  auto const expected = ts::argmax(ts::scores_view{floats.data(), 100, 9});
  CHECK(ts::argmax(ts::scores_view{doubles.data(), 100, 9}) == expected);
  CHECK(ts::argmax(ts::scores_view{longs.data(), 100, 9}) == expected);
  CHECK(ts::argmax(ts::scores_view{halves.data(), 100, 9}) == expected);
  CHECK(*ts::checked_argmax(ts::scores_view{halves.data(), 100, 9}) == expected);
  halves[9 * 17 + 4] = half::of(qnan);
  CHECK(ts::checked_argmax(ts::scores_view{halves.data(), 100, 9}).error() == ts::error{ts::errc::not_a_number, 17, 4});
  CHECK(*ts::softmax(ts::scores_view{halves.data(), 17, 9}) == *ts::softmax(ts::scores_view{floats.data(), 17, 9}));
}

TEST_CASE("softmax, log_softmax and entropy by hand") {
  std::vector<double> const logits{0, std::log(2.0), std::log(5.0), -inf};
  ts::scores_view const scores{logits.data(), 1, 4};
  auto const p = ts::softmax(scores).value();
  CHECK(p[0] == doctest::Approx(1.0 / 8).epsilon(1e-15));
  CHECK(p[1] == doctest::Approx(2.0 / 8).epsilon(1e-15));
  CHECK(p[2] == doctest::Approx(5.0 / 8).epsilon(1e-15));
  CHECK(p[3] == 0);
  auto const logs = ts::log_softmax(scores).value();
  CHECK(logs[0] == doctest::Approx(-std::log(8.0)).epsilon(1e-15));
  CHECK(logs[3] == -inf);
  double const nats = std::log(8.0) - 2.0 / 8 * std::log(2.0) - 5.0 / 8 * std::log(5.0);
  CHECK(ts::entropy(scores).value()[0] == doctest::Approx(nats).epsilon(1e-14));

  SUBCASE("temperature divides the logits") {
    auto const soft = ts::softmax(scores, 2).value();
    double const sum = 1 + std::sqrt(2.0) + std::sqrt(5.0);
    CHECK(soft[1] == doctest::Approx(std::sqrt(2.0) / sum).epsilon(1e-14));
    CHECK(ts::entropy(scores, 2).value()[0] > nats);
  }
  SUBCASE("far numbers neither overflow nor lose a small probability") {
    std::vector<float> const far{3e38F, -3e38F, 3e38F};
    CHECK(*ts::softmax(ts::scores_view{far.data(), 1, 3}) == std::vector{0.5F, 0.0F, 0.5F});
    std::vector<double> const apart{0, -800};
    CHECK(ts::log_softmax(ts::scores_view{apart.data(), 1, 2}).value()[1] == -800);
  }
  SUBCASE("entropy has its extremes") {
    std::vector<float> const rows{1, 1, 1, 1, 0, -inf, -inf, -inf};
    auto const h = ts::entropy(ts::scores_view{rows.data(), 2, 4}).value();
    CHECK(h[0] == doctest::Approx(std::log(4.0)).epsilon(1e-7));
    CHECK(h[1] == 0);
  }
  SUBCASE("rows apart") {
    std::vector<float> const rows{0, 0, 99, 1, 1, 99};
    CHECK(*ts::softmax(ts::scores_view{rows.data(), 2, 2, 3}) == std::vector<float>(4, 0.5F));
  }
}

TEST_CASE("softmax against a long double twin") {
  generator random{3};
  std::vector<float> logits(17 * 400);
  for (float& v : logits) v = static_cast<float>(static_cast<int>(random() % 40001) - 20000) / 1000;
  for (double temperature : {0.25, 1.0, 3.0}) {
    ts::scores_view const scores{logits.data(), 400, 17};
    auto const p = ts::softmax(scores, temperature).value();
    auto const logs = ts::log_softmax(scores, temperature).value();
    for (std::size_t i = 0; i < 400; ++i) {
      long double sum = 0;
      for (std::size_t j = 0; j < 17; ++j) sum += std::exp(static_cast<long double>(logits[i * 17 + j]) / temperature);
      for (std::size_t j = 0; j < 17; ++j) {
        long double const exact = std::exp(static_cast<long double>(logits[i * 17 + j]) / temperature) / sum;
        REQUIRE(std::abs(p[i * 17 + j] - exact) <= 1.2e-7L * exact + 1e-44L);  // one ulp of float
        REQUIRE(logs[i * 17 + j] == doctest::Approx(static_cast<double>(std::log(exact))).epsilon(1e-6));
      }
    }
  }
}

TEST_CASE("scores: what is refused, and where") {
  std::vector<float> const good{0, 1, 2, 3};
  ts::scores_view const scores{good.data(), 2, 2};
  for (double t : {0.0, -1.0, static_cast<double>(qnan), static_cast<double>(inf)}) {
    CHECK(ts::softmax(scores, t).error().code == ts::errc::bad_temperature);
    CHECK(ts::log_softmax(scores, t).error().code == ts::errc::bad_temperature);
    CHECK(ts::entropy(scores, t).error().code == ts::errc::bad_temperature);
  }
  struct row {
    std::vector<float> values;
    ts::error problem;
  };
  for (row const& r :
       {row{{0, 1, 2, qnan}, {ts::errc::not_a_number, 1, 1}}, row{{0, inf, 2, 3}, {ts::errc::not_a_number, 0, 1}},
        row{{0, -inf, -inf, -inf}, {ts::errc::no_legal_path, 1, 0}},
        row{{-inf, qnan, 0, 0}, {ts::errc::not_a_number, 0, 1}}}) {
    ts::scores_view const view{r.values.data(), 2, 2};
    CHECK(ts::softmax(view).error() == r.problem);
    CHECK(ts::log_softmax(view).error() == r.problem);
    CHECK(ts::entropy(view).error() == r.problem);
  }
  CHECK(ts::softmax(ts::scores_view<float const>{nullptr, 0, 9})->empty());

  CHECK(ts::check_shape(scores, 2).has_value());
  CHECK(ts::check_shape(scores, 2, 2).has_value());
  CHECK(ts::check_shape(scores, 9).error() == ts::error{ts::errc::shape_mismatch, 2, 9});
  CHECK(ts::check_shape(scores, 3, 9).error() == ts::error{ts::errc::shape_mismatch, 2, 3});
  CHECK(ts::check_shape(ts::scores_view{good.data(), 2, 2, 1}, 2).error() == ts::error{ts::errc::shape_mismatch, 1, 2});
  CHECK(ts::check_shape(ts::scores_view<float const>{nullptr, 0, 0}, 9).has_value());

  std::span<float const> const all(good);
  CHECK(ts::view_rows(all, 2)->rows == 2);
  CHECK(ts::view_rows(all, 3).error() == ts::error{ts::errc::shape_mismatch, 4, 6});
  CHECK(ts::view_rows(all, 0).error().code == ts::errc::bad_option);

  CHECK(scores.row(1)[0] == 2);
  CHECK(scores.slice(1, 2).row(0)[1] == 3);
  CHECK_THROWS_AS(static_cast<void>(scores.row(2)), ts::contract_violation);
  CHECK_THROWS_AS(static_cast<void>(scores.slice(1, 3)), ts::contract_violation);
  ts::scores_view const without_labels{good.data(), 2, 0};
  ts::scores_view<float const> const without_data{nullptr, 2, 2};
  CHECK_THROWS_AS(static_cast<void>(ts::argmax(without_labels)), ts::contract_violation);
  CHECK_THROWS_AS(static_cast<void>(ts::argmax(without_data)), ts::contract_violation);
  std::vector<ts::label_id> short_out(1);
  CHECK_THROWS_AS(ts::argmax_into(scores, std::span<ts::label_id>(short_out)), ts::contract_violation);
}
