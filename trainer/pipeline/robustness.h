// The recipe's `robustness:` block: the finished model on test samples that something went wrong with, by the float
// network and by the integers that the device computes.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "datasets/disturbance.h"
#include "deployment/student.h"
#include "pipeline/recipe.h"
#include "reporting/robustness.h"
#include "schema/registry.h"

namespace espalier::pipeline {

struct Plan;

struct NamedDisturbance {
  std::string name;  ///< the recipe's `name:`, else its type
  std::shared_ptr<const datasets::Disturbance> disturbance;
};

/// Those that the recipe lists, with a Problem at the line of each that cannot happen to the data; where it lists none,
/// every disturbance that can, with its defaults. Data that give no samples from before the front end are a Problem
/// where the recipe has the block.
std::vector<NamedDisturbance> disturbances_of(const Recipe& recipe, const datasets::Dataset& data,
                                              const schema::Registry& registry, std::vector<Problem>& problems);

/// Every level of every disturbance of the plan on the same samples of the test split, after a row of the samples as
/// they are.
reporting::Robustness measure_robustness(const deployment::Student& student, const Plan& plan);

}  // namespace espalier::pipeline
