#include "graph/operator.h"

#include "base/error.h"
#include "graph/operators/operators.h"

namespace espalier::graph {

void Operators::add(Operator op) {
  const auto key = op.key;
  if (!all_.emplace(key, std::make_shared<const Operator>(std::move(op))).second)
    fail("operator '" + key + "' is registered twice");
}

std::shared_ptr<const Operator> Operators::find(const std::string& key) const {
  const auto found = all_.find(key);
  return found == all_.end() ? nullptr : found->second;
}

std::vector<std::string> Operators::keys() const {
  std::vector<std::string> keys;
  for (const auto& [key, op] : all_) keys.push_back(key);
  return keys;
}

Operators standard_operators() {
  Operators all;
  all.add(operators::input());
  all.add(operators::conv2d());
  all.add(operators::depthwise_conv2d());
  all.add(operators::linear());
  all.add(operators::batch_norm());
  all.add(operators::relu());
  all.add(operators::relu6());
  all.add(operators::sigmoid());
  all.add(operators::hard_sigmoid());
  all.add(operators::hard_swish());
  all.add(operators::add());
  all.add(operators::mul());
  all.add(operators::concat());
  all.add(operators::average_pool2d());
  all.add(operators::max_pool2d());
  all.add(operators::global_average_pool());
  all.add(operators::flatten());
  all.add(operators::lstm());
  all.add(operators::gru());
  all.add(operators::dropout());
  return all;
}

}  // namespace espalier::graph
