// Components of the training folder, made from a line of YAML.
#pragma once
#include <memory>
#include <string>

#include "schema/document.h"
#include "schema/registry.h"
#include "training/optimizer.h"

namespace espalier::training {
void enlist(schema::Registry& registry);

template <class Product>
std::shared_ptr<Product> made(const std::string& kind, const std::string& yaml) {
  schema::Registry registry;
  enlist(registry);
  std::vector<Problem> problems;
  auto product = registry.make<Product>(kind, schema::parse(yaml, "test.yaml"), problems);
  refuse(problems);
  return product;
}
}  // namespace espalier::training
