#include "tasks/classification.h"

#include <cmath>
#include <limits>

#include "base/error.h"
#include "catch.h"

using namespace espalier;
using namespace espalier::tasks;

using Labels = std::vector<std::int64_t>;

TEST_CASE("argmax: the first of equals, never NaN") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(argmax(std::vector<float>{1, 3, 3, 2}) == 1);
  CHECK(argmax(std::vector<float>{nan, -5, -4}) == 2);
  CHECK(argmax(std::vector<float>{-5, nan}) == 0);
  CHECK(argmax(std::vector<float>{nan, nan}) == 0);
  CHECK(argmax(std::vector<std::int8_t>{-128, 127, 127}) == 1);
  CHECK_THROWS_AS(argmax(std::vector<float>{}), Error);
  CHECK(argmax_rows(std::vector<std::int8_t>{1, 2, 3, 0}, 2) == Labels{1, 0});
  CHECK_THROWS_AS(argmax_rows(std::vector<float>{1, 2, 3}, 2), Error);
}

TEST_CASE("int8 logits become the probabilities of the real values") {
  // 0.5 * (q + 10): 0, 1, 2; softmax by hand.
  const auto p = probabilities(std::vector<std::int8_t>{-10, -8, -6}, 0.5f, -10);
  CHECK(p[0] == Approx(0.09003057317));
  CHECK(p[1] == Approx(0.24472847105));
  CHECK(p[2] == Approx(0.66524095577));
  const auto q = probabilities(std::vector<float>{0, 1, 2});
  for (std::size_t i = 0; i < 3; ++i) CHECK(p[i] == Approx(q[i]));
  const auto large = probabilities(std::vector<float>{1e30f, 0});
  CHECK(large[0] == 1);
  CHECK(large[1] == 0);
}

TEST_CASE("confusion, precision, recall and F1 by hand") {
  // truth 0: said 0, 0, 1; truth 1: said 1, 2; truth 2: said 2, 2, 2, 0.
  const Labels labels = {0, 0, 0, 1, 1, 2, 2, 2, 2}, said = {0, 0, 1, 1, 2, 2, 2, 2, 0};
  const auto matrix = confusion(labels, said, 3);
  CHECK(matrix.at(0, 1) == 1);
  CHECK(matrix.at(2, 0) == 1);
  CHECK(matrix.samples() == 9);
  CHECK(matrix.correct() == 6);
  CHECK(matrix.accuracy() == Approx(6.0 / 9));
  const auto scores = class_scores(matrix);
  CHECK(scores[0].precision == Approx(2.0 / 3));
  CHECK(scores[0].recall == Approx(2.0 / 3));
  CHECK(scores[1].precision == Approx(0.5));
  CHECK(scores[1].recall == Approx(0.5));
  CHECK(scores[2].precision == Approx(0.75));
  CHECK(scores[2].recall == Approx(0.75));
  CHECK(scores[2].f1 == Approx(0.75));
  CHECK(scores[2].support == 4);
  CHECK(macro_f1(matrix) == Approx((2.0 / 3 + 0.5 + 0.75) / 3));
}

TEST_CASE("classes that never occur count neither for nor against; said but absent ones count as 0") {
  const auto unused = confusion(Labels{0, 1}, Labels{0, 1}, 5);
  CHECK(macro_f1(unused) == 1);
  const auto only_said = confusion(Labels{0, 0}, Labels{0, 1}, 3);
  CHECK(macro_f1(only_said) == Approx((2.0 / 3 + 0) / 2));
  CHECK(class_scores(only_said)[1].recall == 0);
  CHECK(class_scores(only_said)[2].f1 == 0);
  CHECK(std::isnan(macro_f1(Confusion(2))));
  CHECK(std::isnan(Confusion(2).accuracy()));
}

TEST_CASE("what is no class is refused") {
  CHECK_THROWS_AS(confusion(Labels{0}, Labels{3}, 3), Error);
  CHECK_THROWS_AS(confusion(Labels{-1}, Labels{0}, 3), Error);
  CHECK_THROWS_AS(confusion(Labels{0, 1}, Labels{0}, 3), Error);
  CHECK_THROWS_AS(Confusion(0), Error);
}

TEST_CASE("top-k counts ties as argmax does") {
  const std::vector<float> scores = {0.1f, 0.7f, 0.2f, 0.4f, 0.4f, 0.2f, 0.5f, 0.3f, 0.2f};
  const Labels labels = {2, 1, 0};
  CHECK(top_k_accuracy(scores, labels, 3, 1) == Approx(1.0 / 3));
  CHECK(top_k_accuracy(scores, labels, 3, 2) == Approx(1));
  CHECK(top_k_accuracy(scores, labels, 3, 3) == 1);
  const auto said = argmax_rows(scores, 3);
  CHECK(top_k_accuracy(scores, labels, 3, 1) == Approx(confusion(labels, said, 3).accuracy()));
  CHECK_THROWS_AS(top_k_accuracy(scores, labels, 3, 4), Error);
  CHECK_THROWS_AS(top_k_accuracy(scores, labels, 3, 0), Error);
}

TEST_CASE("Wilson's interval") {
  // 81 of 263, Newcombe 1998, table I: 0.2553 to 0.3662 (method 3, score without correction).
  const auto interval = wilson(81, 263);
  CHECK(interval.low == Approx(0.2553).margin(5e-5));
  CHECK(interval.high == Approx(0.3662).margin(5e-5));
  CHECK(wilson(0, 20).low == 0);
  CHECK(wilson(0, 20).high == Approx(0.1611).margin(5e-5));
  CHECK(wilson(20, 20).high == 1);
  CHECK(wilson(0, 0).low == 0);
  CHECK(wilson(0, 0).high == 1);
}

TEST_CASE("agreement of two classifiers") {
  CHECK(agreement(Labels{0, 1, 2, 3}, Labels{0, 1, 1, 3}) == 0.75);
  CHECK(std::isnan(agreement(Labels{}, Labels{})));
  CHECK_THROWS_AS(agreement(Labels{0}, Labels{}), Error);
}

TEST_CASE("paired comparison: exact McNemar and a seeded bootstrap") {
  // 100 samples of class 0: left alone right on 10, right alone on 2, both on 80, neither on 8.
  Labels labels(100, 0), left(100, 1), right(100, 1);
  for (std::size_t i = 0; i < 90; ++i) left[i] = 0;
  for (std::size_t i = 10; i < 92; ++i) right[i] = 0;
  const auto paired = compare(labels, left, right, 1);
  CHECK(paired.only_left == 10);
  CHECK(paired.only_right == 2);
  CHECK(paired.difference == Approx(0.08));
  CHECK(paired.p == Approx(2.0 * (1 + 12 + 66) / 4096));  // 2 * sum of C(12, 0..2) / 2^12
  // Normal theory: 0.08 +- 1.96 * sqrt(0.12 - 0.08^2) / 10.
  CHECK(paired.interval.low == Approx(0.08 - 0.066).margin(0.015));
  CHECK(paired.interval.high == Approx(0.08 + 0.066).margin(0.015));
  const auto again = compare(labels, left, right, 1);
  CHECK(paired.interval.low == again.interval.low);
  CHECK(paired.interval.high == again.interval.high);
  const auto same = compare(labels, left, left);
  CHECK(same.difference == 0);
  CHECK(same.p == 1);
  CHECK(same.interval.low == 0);
  CHECK(same.interval.high == 0);
}

TEST_CASE("the report as JSON") {
  const auto json = to_json(confusion(Labels{0, 1, 1}, Labels{0, 1, 0}, 2), {"yes"});
  CHECK(json.at("accuracy").number() == Approx(2.0 / 3));
  CHECK(json.at("classes").items()[0].at("label").text() == "yes");
  CHECK(json.at("classes").items()[1].at("label").text() == "1");
  CHECK(json.at("confusion").items()[1].items()[0].integer() == 1);
  CHECK(json.at("samples").integer() == 3);
}
