#include "tasks/classification.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.h"
#include "base/random.h"
#include "base/text.h"

namespace espalier::tasks {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

double ratio(std::int64_t part, std::int64_t whole) {
  return whole ? static_cast<double>(part) / static_cast<double>(whole) : 0;
}

void same_size(std::size_t left, std::size_t right, const char* what) {
  if (left != right) fail(concat(what, ": ", left, " against ", right, " samples"));
}

template <class Score>
std::int64_t first_largest(std::span<const Score> scores) {
  if (scores.empty()) fail("argmax of no scores");
  std::size_t best = 0;
  for (std::size_t i = 1; i < scores.size(); ++i)
    if (scores[i] > scores[best] || (scores[best] != scores[best] && scores[i] == scores[i])) best = i;
  return static_cast<std::int64_t>(best);
}

template <class Score>
std::vector<std::int64_t> first_largest_of_rows(std::span<const Score> scores, std::int64_t classes) {
  const auto width = static_cast<std::size_t>(classes);
  if (classes < 1 || scores.size() % width) fail(concat("argmax: ", scores.size(), " scores of ", classes, " classes"));
  std::vector<std::int64_t> best;
  for (std::size_t at = 0; at < scores.size(); at += width) best.push_back(first_largest(scores.subspan(at, width)));
  return best;
}

std::vector<double> softmax(std::vector<double> values) {
  if (values.empty()) return values;
  const double largest = *std::max_element(values.begin(), values.end());
  double sum = 0;
  for (double& value : values) sum += value = std::exp(value - largest);
  for (double& value : values) value /= sum;
  return values;
}

/// Exact two-sided binomial test of `fewer` against `more` at 1/2.
double mcnemar(std::int64_t fewer, std::int64_t more) {
  const auto n = static_cast<double>(fewer + more);
  double tail = 0;
  for (std::int64_t k = 0; k <= fewer; ++k) {
    const auto x = static_cast<double>(k);
    tail += std::exp(std::lgamma(n + 1) - std::lgamma(x + 1) - std::lgamma(n - x + 1) - n * std::log(2.0));
  }
  return std::min(1.0, 2 * tail);
}

/// Middle 95 % of the means of resampled `values`. A value is -1, 0 or 1, so sums are exact.
Interval bootstrap(const std::vector<std::int8_t>& values, std::uint64_t seed, int resamples) {
  if (values.empty() || resamples < 1) return {-1, 1};
  const auto n = static_cast<std::uint32_t>(values.size());
  std::vector<double> means;
  for (int r = 0; r < resamples; ++r) {
    Random random(seed, "paired bootstrap", static_cast<std::uint64_t>(r));
    std::int64_t sum = 0;
    for (std::uint32_t i = 0; i < n; ++i) sum += values[random.below(n)];
    means.push_back(static_cast<double>(sum) / n);
  }
  std::sort(means.begin(), means.end());
  const auto at = [&](double share) { return means[static_cast<std::size_t>(std::lround(share * (resamples - 1)))]; };
  return {at(0.025), at(0.975)};
}

}  // namespace

std::int64_t argmax(std::span<const float> scores) { return first_largest(scores); }
std::int64_t argmax(std::span<const std::int8_t> scores) { return first_largest(scores); }
std::vector<std::int64_t> argmax_rows(std::span<const float> scores, std::int64_t classes) {
  return first_largest_of_rows(scores, classes);
}
std::vector<std::int64_t> argmax_rows(std::span<const std::int8_t> scores, std::int64_t classes) {
  return first_largest_of_rows(scores, classes);
}

std::vector<double> probabilities(std::span<const std::int8_t> logits, float scale, std::int32_t zero_point) {
  std::vector<double> real;
  for (const auto q : logits) real.push_back(static_cast<double>(scale) * (q - zero_point));
  return softmax(std::move(real));
}

std::vector<double> probabilities(std::span<const float> logits) { return softmax({logits.begin(), logits.end()}); }

Confusion::Confusion(std::int64_t number) : classes(number) {
  if (classes < 1) fail(concat("a confusion matrix of ", classes, " classes"));
  counts.resize(static_cast<std::size_t>(classes * classes));
}

void Confusion::add(std::int64_t truth, std::int64_t predicted) {
  if (std::min(truth, predicted) < 0 || std::max(truth, predicted) >= classes)
    fail(concat("class ", truth, " predicted as ", predicted, ", but there are ", classes, " classes"));
  ++counts[static_cast<std::size_t>(truth * classes + predicted)];
}

std::int64_t Confusion::at(std::int64_t truth, std::int64_t predicted) const {
  return counts.at(static_cast<std::size_t>(truth * classes + predicted));
}

std::int64_t Confusion::samples() const { return std::accumulate(counts.begin(), counts.end(), std::int64_t{0}); }

std::int64_t Confusion::correct() const {
  std::int64_t sum = 0;
  for (std::int64_t c = 0; c < classes; ++c) sum += at(c, c);
  return sum;
}

double Confusion::accuracy() const { return samples() ? ratio(correct(), samples()) : nan; }

Confusion confusion(std::span<const std::int64_t> labels, std::span<const std::int64_t> predicted,
                    std::int64_t classes) {
  same_size(labels.size(), predicted.size(), "confusion matrix");
  Confusion all(classes);
  for (std::size_t i = 0; i < labels.size(); ++i) all.add(labels[i], predicted[i]);
  return all;
}

std::vector<ClassScore> class_scores(const Confusion& confusion) {
  std::vector<ClassScore> scores;
  for (std::int64_t c = 0; c < confusion.classes; ++c) {
    std::int64_t said = 0, support = 0;
    for (std::int64_t other = 0; other < confusion.classes; ++other)
      said += confusion.at(other, c), support += confusion.at(c, other);
    const auto hits = confusion.at(c, c);
    scores.push_back({ratio(hits, said), ratio(hits, support), ratio(2 * hits, said + support), support});
  }
  return scores;
}

double macro_f1(const Confusion& confusion) {
  double sum = 0;
  int present = 0;
  const auto scores = class_scores(confusion);
  for (std::int64_t c = 0; c < confusion.classes; ++c) {
    bool occurs = scores[static_cast<std::size_t>(c)].support > 0;
    for (std::int64_t truth = 0; truth < confusion.classes; ++truth) occurs |= confusion.at(truth, c) > 0;
    if (occurs) sum += scores[static_cast<std::size_t>(c)].f1, ++present;
  }
  return present ? sum / present : nan;
}

double top_k_accuracy(std::span<const float> scores, std::span<const std::int64_t> labels, std::int64_t classes,
                      std::int64_t k) {
  same_size(scores.size(), labels.size() * static_cast<std::size_t>(classes), "top-k accuracy");
  if (k < 1 || k > classes) fail(concat("top-", k, " accuracy of ", classes, " classes"));
  std::int64_t hits = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto row = scores.subspan(i * static_cast<std::size_t>(classes), static_cast<std::size_t>(classes));
    if (labels[i] < 0 || labels[i] >= classes) fail(concat("label ", labels[i], " of ", classes, " classes"));
    const auto label = static_cast<std::size_t>(labels[i]);
    std::int64_t above = 0;
    for (std::size_t c = 0; c < row.size(); ++c) above += row[c] > row[label] || (row[c] == row[label] && c < label);
    hits += above < k && row[label] == row[label];
  }
  return labels.empty() ? nan : ratio(hits, static_cast<std::int64_t>(labels.size()));
}

Interval wilson(std::int64_t successes, std::int64_t samples, double z) {
  if (samples < 1) return {0, 1};
  const auto n = static_cast<double>(samples);
  const double p = static_cast<double>(successes) / n, z2 = z * z;
  const double centre = p + z2 / (2 * n), half = z * std::sqrt(p * (1 - p) / n + z2 / (4 * n * n));
  return {std::max(0.0, (centre - half) / (1 + z2 / n)), std::min(1.0, (centre + half) / (1 + z2 / n))};
}

double agreement(std::span<const std::int64_t> left, std::span<const std::int64_t> right) {
  same_size(left.size(), right.size(), "agreement");
  std::int64_t same = 0;
  for (std::size_t i = 0; i < left.size(); ++i) same += left[i] == right[i];
  return left.empty() ? nan : ratio(same, static_cast<std::int64_t>(left.size()));
}

Paired compare(std::span<const std::int64_t> labels, std::span<const std::int64_t> left,
               std::span<const std::int64_t> right, std::uint64_t seed, int resamples) {
  same_size(labels.size(), left.size(), "comparison");
  same_size(labels.size(), right.size(), "comparison");
  Paired result;
  std::vector<std::int8_t> differences;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const int difference = int{left[i] == labels[i]} - int{right[i] == labels[i]};
    differences.push_back(static_cast<std::int8_t>(difference));
    result.only_left += difference > 0, result.only_right += difference < 0;
  }
  result.difference = ratio(result.only_left - result.only_right, static_cast<std::int64_t>(labels.size()));
  result.interval = bootstrap(differences, seed, resamples);
  result.p = mcnemar(std::min(result.only_left, result.only_right), std::max(result.only_left, result.only_right));
  return result;
}

Json to_json(const Confusion& confusion, const std::vector<std::string>& labels) {
  const auto interval = wilson(confusion.correct(), confusion.samples());
  auto classes = Json::list(), matrix = Json::list();
  const auto scores = class_scores(confusion);
  for (std::size_t c = 0; c < scores.size(); ++c) {
    const auto& score = scores[c];
    auto entry = Json::map();
    entry.set("label", c < labels.size() ? labels[c] : std::to_string(c)).set("precision", score.precision);
    entry.set("recall", score.recall).set("f1", score.f1).set("support", score.support);
    classes.push(std::move(entry));
    const auto row = confusion.counts.begin() + static_cast<std::ptrdiff_t>(c) * confusion.classes;
    matrix.push(Json::list_of(std::vector<std::int64_t>(row, row + confusion.classes)));
  }
  auto json = Json::map();
  json.set("accuracy", confusion.accuracy())
      .set("interval", Json::list_of(std::vector<double>{interval.low, interval.high}));
  json.set("macro_f1", macro_f1(confusion)).set("samples", confusion.samples());
  return json.set("classes", std::move(classes)).set("confusion", std::move(matrix));
}

}  // namespace espalier::tasks
