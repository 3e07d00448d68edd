#include "exporting/torchscript/parameters_impl.h"

#include <ATen/ATen.h>

#include <cstring>
#include <set>

#include "base/text.h"

namespace espalier::exporting::torchscript {
namespace {

/// Of TorchScript and of Python: as attributes they cannot be written.
const std::set<std::string>& reserved() {
  static const std::set<std::string> words = {"False",  "None",  "True",   "and",      "as",       "assert", "async",
                                              "await",  "break", "class",  "continue", "def",      "del",    "elif",
                                              "else",   "for",   "except", "finally",  "from",     "global", "if",
                                              "import", "in",    "is",     "lambda",   "nonlocal", "not",    "or",
                                              "pass",   "raise", "return", "try",      "while",    "with",   "yield"};
  return words;
}

bool is_identifier(const std::string& name) {
  for (const char c : name)
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '_') return false;
  return !name.empty() && !std::isdigit(static_cast<unsigned char>(name[0]));
}

/// Digits, as of a repeated block, are names of modules but no identifiers.
std::string member(const std::string& of, const std::string& name) {
  return is_identifier(name) ? concat(of, ".", name) : concat("getattr(", of, ", \"", name, "\")");
}

/// A name that the module does not have yet; some are wanted by forward() and what travels along.
std::string free_name(const torch::jit::Module& module, const std::string& wanted) {
  static const std::set<std::string> others = {"labels", "front_end", "training", "forward"};
  const auto taken = [&](const std::string& name) { return module.hasattr(name) || others.count(name) > 0; };
  std::string name = reserved().count(wanted) ? wanted + "_" : wanted;
  for (int i = 2; taken(name); ++i) name = concat(wanted, "_", i);
  return name;
}

at::Tensor masked(const graph::Network& network, const std::string& name) {
  const auto values = graph::masked_floats(network, name);
  auto tensor = at::empty(network.weights.at(name).shape, at::kFloat);
  std::memcpy(tensor.mutable_data_ptr(), values.data(), values.size() * sizeof(float));
  return tensor;
}

}  // namespace

Parameters::Parameters(const graph::Network& network, const std::map<std::string, c10::IValue>& packed)
    : root_("espalier.Model") {
  places_.emplace("", Place{root_, "self"});
  for (const auto& [layer, object] : packed) add_packed(layer, object);
  for (const auto& [name, _] : network.weights) {
    const auto dot = name.rfind('.');
    if (packed.count(name.substr(0, dot))) continue;
    auto& place = child(name.substr(0, dot));
    const auto slot = free_name(place.module, name.substr(dot + 1));
    place.module.register_parameter(slot, masked(network, name), false);
    expressions_[name] = member(place.expression, slot);
  }
}

void Parameters::add_packed(const std::string& layer, const c10::IValue& object) {
  auto& place = child(layer);
  const auto slot = free_name(place.module, "packed");
  place.module.register_attribute(slot, object.type(), object);
  expressions_[layer + ".packed"] = member(place.expression, slot);
}

const std::string* Parameters::expression(const std::string& tensor) const {
  const auto found = expressions_.find(tensor);
  return found == expressions_.end() ? nullptr : &found->second;
}

Parameters::Place& Parameters::child(const std::string& path) {
  if (const auto found = places_.find(path); found != places_.end()) return found->second;
  const auto dot = path.rfind('.');
  auto& parent = child(dot == std::string::npos ? "" : path.substr(0, dot));
  const auto name = free_name(parent.module, dot == std::string::npos ? path : path.substr(dot + 1));
  torch::jit::Module made(c10::QualifiedName("espalier.Layer"), root_._ivalue()->compilation_unit(), true);
  parent.module.register_module(name, made);
  return places_.emplace(path, Place{made, member(parent.expression, name)}).first->second;
}

}  // namespace espalier::exporting::torchscript
