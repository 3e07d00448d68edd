// A loss that has seen the data of tasks::Birds (three classes of 4, 1 and 1 samples).
#pragma once
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tasks/birds.h"
#include "tasks/task.h"
#include "training/loss.h"
#include "training/made.h"

namespace espalier::tasks {
void enlist(schema::Registry& registry);
}

namespace espalier::training {

inline datasets::Target of(std::int64_t label, std::vector<float> shares = {}) {
  datasets::Target target;
  target.label = label;
  target.shares = std::move(shares);
  return target;
}

/// A loss of classification.
inline std::shared_ptr<Loss> prepared_loss(const std::string& yaml) {
  schema::Registry registry;
  tasks::enlist(registry);
  std::vector<Problem> problems;
  const auto task = registry.make<tasks::Task>("task", schema::parse("classification", "test.yaml"), problems);
  auto loss = made<Loss>("loss", yaml);
  loss->prepare(*task, tasks::Birds(), {3});
  return loss;
}

}  // namespace espalier::training
