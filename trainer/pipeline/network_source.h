// The networks that a recipe names: model files, networks made elsewhere, weights to start from.
#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "datasets/dataset.h"
#include "graph/model_file.h"
#include "graph/network.h"
#include "pipeline/recipe.h"
#include "tasks/task.h"

namespace espalier::pipeline {

/// Adds a Problem at the recipe's key for everything that is wrong; a network that could not be made has no nodes.
class NetworkSource {
 public:
  /// `objection`: why an output of this shape cannot answer for the data, or "".
  NetworkSource(graph::Ends ends, std::function<std::string(const graph::Shape&)> objection,
                std::vector<std::string>& notes, std::vector<Problem>& problems)
      : ends_(std::move(ends)), objection_(std::move(objection)), notes_(notes), problems_(problems) {}

  /// `student:`, a model file or a map of StudentOptions; with its initial weights.
  graph::Network student(const schema::Value& student, std::uint64_t seed);
  /// Of a model file; without weights.
  graph::Network from_model(const std::filesystem::path& path, const schema::Value& at);
  /// `input`: what the network in the file takes, batch first; empty: what the data gives.
  graph::Network from_import(const schema::Path& file, const std::vector<std::int64_t>& input,
                             const schema::Value& at) {
    return from_import(file, input, at, problems_);
  }
  /// The same with what the file itself is to blame for apart, in `unreadable`.
  graph::Network from_import(const schema::Path& file, const std::vector<std::int64_t>& input, const schema::Value& at,
                             std::vector<Problem>& unreadable);

 private:
  void problem(const schema::Value& at, std::string text) {
    problems_.push_back({at.origin().text(), std::move(text)});
  }
  void check_output(const graph::Network& network, const schema::Value& at);
  void start_from(graph::Network& network, const schema::Value& weights);
  void take_network(graph::Network& network, const std::string& file, const schema::Value& at);
  void take_tensors(graph::Network& network, const WeightsOptions& options, const schema::Value& at);

  graph::Operators operators_ = graph::standard_operators();
  graph::Ends ends_;
  std::function<std::string(const graph::Shape&)> objection_;
  std::vector<std::string>& notes_;
  std::vector<Problem>& problems_;
};

/// Networks that must answer for task and data; either may be missing.
NetworkSource networks_for(const graph::Ends& ends, std::shared_ptr<const tasks::Task> task,
                           std::shared_ptr<const datasets::Dataset> data, std::vector<std::string>& notes,
                           std::vector<Problem>& problems);

}  // namespace espalier::pipeline
