#include "tasks/answers.h"

#include "tasks/classification.h"

namespace espalier::tasks {

std::vector<std::int64_t> Answers::labels() const {
  std::vector<std::int64_t> all;
  for (const auto& target : targets) all.push_back(target.label);
  return all;
}

std::vector<std::int64_t> Answers::predictions() const {
  return values.empty() ? std::vector<std::int64_t>{} : argmax_rows(values, width);
}

double Answers::accuracy() const { return agreement(labels(), predictions()); }

Answers ask(const datasets::Dataset& data, datasets::Split split, int workers, bool keep_inputs,
            const std::function<void(const datasets::Batch&, std::vector<float>&)>& network) {
  datasets::LoaderOptions options;
  options.split = split;
  options.workers = workers;
  datasets::Loader loader(data, options);
  Answers answers;
  for (datasets::Batch batch; loader.next(batch);) {
    network(batch, answers.values);
    if (keep_inputs) answers.inputs.insert(answers.inputs.end(), batch.features.begin(), batch.features.end());
    answers.targets.insert(answers.targets.end(), batch.targets.begin(), batch.targets.end());
  }
  if (answers.samples() > 0) answers.width = static_cast<std::int64_t>(answers.values.size()) / answers.samples();
  return answers;
}

}  // namespace espalier::tasks
