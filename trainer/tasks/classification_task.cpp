// A sample is of one class; the network gives a score for each.
#include <fmt/core.h>

#include "schema/readers.h"
#include "schema/registry.h"
#include "tasks/classification.h"
#include "tasks/task.h"

namespace espalier::tasks::classification_task {

struct Options {
  std::string metric = "accuracy";
  static void describe(schema::Describe<Options>& d) {
    d.about("a sample is of one class");
    d.key("metric", &Options::metric,
          "the number to judge by; macro_f1 and balanced_accuracy (mean recall) weigh every class alike")
        .one_of({"accuracy", "macro_f1", "balanced_accuracy"});
  }
};

/// Mean recall of the classes that have samples.
double balanced_accuracy(const Confusion& confusion) {
  double sum = 0;
  int present = 0;
  for (const auto& score : class_scores(confusion))
    if (score.support > 0) sum += score.recall, ++present;
  return present ? sum / present : confusion.accuracy();
}

class Classification : public Task {
 public:
  explicit Classification(Options options) : options_(std::move(options)) {}

  Metric metric() const override { return {options_.metric, true}; }
  std::string default_loss() const override { return "cross_entropy"; }

  std::string objection(const graph::Shape& output, const datasets::Dataset& data) const override {
    const auto classes = static_cast<std::int64_t>(data.classes().size());
    if (output == graph::Shape{classes}) return {};
    return fmt::format("gives {}, the data has {} classes", graph::text_of(output), classes);
  }

  Score score(const Answers& answers, const datasets::Dataset& data) const override {
    const auto counted = confusion_of(answers, data);
    Score score;
    score.more = {{"accuracy", counted.accuracy()},
                  {"macro_f1", macro_f1(counted)},
                  {"balanced_accuracy", balanced_accuracy(counted)}};
    for (const auto& [name, value] : score.more)
      if (name == options_.metric) score.value = value;
    // Wilson's interval is one of a proportion; there is none for means over classes.
    if (options_.metric == "accuracy") score.interval = wilson(counted.correct(), counted.samples());
    return score;
  }

  std::optional<double> agreement(const Answers& left, const Answers& right) const override {
    return tasks::agreement(left.predictions(), right.predictions());
  }

  Json report(const Answers& answers, const datasets::Dataset& data) const override {
    const auto counted = confusion_of(answers, data);
    return to_json(counted, data.classes()).set("balanced_accuracy", balanced_accuracy(counted));
  }

  /// Its class, and which class each network takes it for.
  Lines of_samples(const Said& said, const datasets::Dataset& data, datasets::Split split) const override {
    Lines lines = {{"sample", "label"}};
    for (const auto& [name, answers] : said) lines[0].push_back(name);
    std::vector<std::vector<std::int64_t>> taken_for;
    for (const auto& [name, answers] : said) taken_for.push_back(answers->predictions());
    for (std::size_t i = 0; !said.empty() && i < said[0].second->targets.size(); ++i) {
      const auto label = static_cast<std::size_t>(said[0].second->targets[i].label);
      lines.push_back({data.id(split, static_cast<std::int64_t>(i)), data.classes()[label]});
      for (const auto& all : taken_for) lines.back().push_back(data.classes()[static_cast<std::size_t>(all[i])]);
    }
    return lines;
  }

  bool is_classification() const override { return true; }
  std::vector<std::string> labels(const datasets::Dataset& data) const override { return data.classes(); }

 private:
  static Confusion confusion_of(const Answers& answers, const datasets::Dataset& data) {
    return confusion(answers.labels(), answers.predictions(), static_cast<std::int64_t>(data.classes().size()));
  }
  Options options_;
};

void enlist(schema::Registry& registry) {
  registry.add<Task, Options>("task", "classification",
                              [](const Options& options, const schema::Registry&, std::vector<Problem>&) {
                                return std::make_unique<Classification>(options);
                              });
}

}  // namespace espalier::tasks::classification_task
