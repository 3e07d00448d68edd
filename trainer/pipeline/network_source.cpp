#include "pipeline/network_source.h"

#include "base/files.h"
#include "base/text.h"
#include "graph/safetensors.h"
#include "graph/saved_network.h"
#include "importing/torchscript/state_dict.h"
#include "importing/warm_start.h"
#include "nn/executor.h"
#include "pipeline/imported_network.h"
#include "schema/document.h"

namespace espalier::pipeline {
namespace {

using schema::Value;

/// `weights:` as a path or as a map.
WeightsOptions weights_options(const Value& value, std::vector<Problem>& problems) {
  if (!value.is_scalar()) return schema::read_options<WeightsOptions>(value, "weights", problems);
  WeightsOptions options;
  options.file = {schema::resolve_path(value).string(), value.origin().text()};
  return options;
}

bool is_safetensors(const std::string& file) {
  return lower(std::filesystem::path(file).extension().string()) == ".safetensors";
}

std::map<std::string, graph::Tensor> read_tensors(const std::string& file) {
  if (is_safetensors(file)) return graph::load_safetensors(file).tensors;
  return importing::torchscript::read_state_dict(file);
}

/// `map:`, in the order in which it is written.
importing::Renaming renaming_of(const Value& map, std::vector<Problem>& problems) {
  importing::Renaming renaming;
  if (map.is_null()) return renaming;
  if (!map.is_map()) {
    problems.push_back(
        {map.origin().text(), "map must be a map from the file's names to this network's: {\"a.*\": \"*\"}"});
    return renaming;
  }
  for (const auto& [glob, name] : map.entries()) renaming.emplace_back(glob, name.is_scalar() ? name.text() : "");
  return renaming;
}

}  // namespace

graph::Network NetworkSource::student(const Value& student, std::uint64_t seed) {
  StudentOptions options;
  if (student.is_scalar()) {
    options.model.text = schema::resolve_path(student).string();
  } else if (student.is_map()) {
    const auto before = problems_.size();
    options = schema::read_options<StudentOptions>(student, "student", problems_);
    if (problems_.size() != before) return {};
    if (options.model.text.empty() == options.import.text.empty()) {
      problem(student, "a student needs either model or import");
      return {};
    }
  }
  graph::Network network;
  if (!options.import.text.empty()) {
    network = from_import(options.import, options.input, student);
  } else if (!options.model.text.empty()) {
    network = from_model(options.model.text, student);
    if (!network.nodes.empty()) graph::initialize(network, seed);
  }
  if (!network.nodes.empty() && !options.weights.value.is_null()) start_from(network, options.weights.value);
  return network;
}

graph::Network NetworkSource::from_model(const std::filesystem::path& path, const Value& at) {
  const auto before = problems_.size();
  if (!std::filesystem::exists(path)) {
    problem(at, concat("model file '", path.string(), "' does not exist", did_you_mean_file(path)));
    return {};
  }
  auto network = graph::read_model(schema::load(path), operators_, ends_, problems_);
  if (problems_.size() != before) return {};
  for (const auto& node : network.nodes)
    if (const auto refused = nn::anchors().refused.find(node.op->key);
        refused != nn::anchors().refused.end() && !node.is("input") && !node.is("dropout"))
      problems_.push_back({node.origin.text(), concat(node.op->key, " cannot be trained: ", refused->second)});
  check_output(network, at);
  return network;
}

/// Notes and problems of an import point to the recipe's key, with the file's own places after it.
graph::Network NetworkSource::from_import(const schema::Path& file, const std::vector<std::int64_t>& input,
                                          const Value& at, std::vector<Problem>& unreadable) {
  auto sample = ends_.input;
  if (!input.empty()) sample = {input.begin() + 1, input.end()};
  try {
    auto imported = import_network(file.text, sample, operators_);
    const auto before = problems_.size();
    if (imported.network.input_shape() != ends_.input)
      problem(at, concat("the network takes ", graph::text_of(imported.network.input_shape()), ", the data gives ",
                         graph::text_of(ends_.input)));
    check_output(imported.network, at);
    if (problems_.size() != before) return {};
    for (const auto& note : imported.notes) notes_.push_back(concat(imported.network.name, ": ", note));
    return std::move(imported.network);
  } catch (const Error& e) {
    for (const auto& found : e.problems()) unreadable.push_back({file.origin, concat(found.origin, ": ", found.text)});
    return {};
  }
}

void NetworkSource::check_output(const graph::Network& network, const Value& at) {
  if (const auto objection = objection_(network.output_shape()); !objection.empty())
    problem(at, concat("the model '", network.name, "' ", objection));
}

void NetworkSource::start_from(graph::Network& network, const Value& weights) {
  const auto before = problems_.size();
  const auto options = weights_options(weights, problems_);
  if (problems_.size() != before) return;
  const auto& file = options.file.text;
  try {
    if (!std::filesystem::exists(file)) return problem(weights, concat("file '", file, "' does not exist"));
    const bool plain = options.map.value.is_null() && !options.partial;
    if (plain && is_safetensors(file) && graph::holds_network(file)) return take_network(network, file, weights);
    take_tensors(network, options, weights);
  } catch (const Error& e) {
    for (const auto& found : e.problems())
      problem(weights, concat(found.origin.empty() ? file : found.origin, ": ", found.text));
  }
}

/// A network of an earlier run as it is: pruning may have given it other widths than the model file's.
void NetworkSource::take_network(graph::Network& network, const std::string& file, const Value& at) {
  auto saved = graph::load_network(file);
  if (saved.input_shape() != network.input_shape() || saved.output_shape() != network.output_shape())
    return problem(at, concat("weights '", file, "' are of a network from ", graph::text_of(saved.input_shape()),
                              " to ", graph::text_of(saved.output_shape()), ", not of this student"));
  saved.encodings.clear();
  network = std::move(saved);
}

void NetworkSource::take_tensors(graph::Network& network, const WeightsOptions& options, const Value& at) {
  const auto renaming = renaming_of(options.map.value, problems_);
  const auto& file = options.file.text;
  const auto tensors = read_tensors(file);
  if (tensors.empty()) return problem(at, concat(file, ": holds no tensors"));
  std::vector<Problem> misfits;
  const auto found = importing::warm_start(network, tensors, renaming, options.partial, at.origin().text(), misfits);
  for (const auto& misfit : misfits) problems_.push_back({misfit.origin, concat(file, ": ", misfit.text)});
  const auto name = std::filesystem::path(file).filename().string();
  for (const auto& note : importing::notes_of(found)) notes_.push_back(concat(name, ": ", note));
}

NetworkSource networks_for(const graph::Ends& ends, std::shared_ptr<const tasks::Task> task,
                           std::shared_ptr<const datasets::Dataset> data, std::vector<std::string>& notes,
                           std::vector<Problem>& problems) {
  return {ends,
          [task = std::move(task), data = std::move(data)](const graph::Shape& output) {
            return task ? task->objection(output, *data) : std::string();
          },
          notes, problems};
}

}  // namespace espalier::pipeline
