#include "importing/onnx/graph.h"

#include <functional>
#include <queue>

#include "base/text.h"

namespace espalier::importing::onnx {
namespace {

// A name is copied wherever the value is read.
constexpr std::size_t longest_name = 512;

class Linker {
 public:
  Linker(const Model& model, const std::string& origin, std::vector<Problem>& problems)
      : model_(model), origin_(origin), problems_(problems) {}

  Links run() {
    for (std::size_t i = 0; i < model_.initializers.size(); ++i) {
      const auto name = model_.initializers[i].name;
      if (!links_.initializer.emplace(name, i).second) twice(name);
      check_name(name);
    }
    for (const auto& input : model_.inputs) {
      if (!inputs_.emplace(input.name, 0).second) twice(input.name);
      check_name(input.name);
    }
    for (const auto& node : model_.nodes)
      for (const auto output : node.outputs) declare(node, output);
    if (problems_.empty()) mark_needed();
    if (problems_.empty()) sort();
    return std::move(links_);
  }

 private:
  void problem(const std::string& where, std::string text) {
    problems_.push_back({where.empty() ? origin_ : concat(origin_, ": ", where), std::move(text)});
  }
  void twice(std::string_view name) { problem("", concat("two values are named '", shown(name), "'")); }
  void check_name(std::string_view name) {
    if (name.empty()) problem("", "an input or a tensor has no name");
    if (name.size() > longest_name) problem("", concat("a name of ", name.size(), " bytes: '", shown(name), "'"));
  }

  void declare(const Node& node, std::string_view output) {
    if (output.empty()) return;  // an optional one that is left out
    check_name(output);
    const bool new_here = links_.maker.emplace(output, node.place).second;
    if (!new_here || inputs_.count(output) || links_.initializer.count(output))
      problem(node.title(), concat("two values are named '", shown(output), "'"));
  }

  void mark_needed() {
    needed_.assign(model_.nodes.size(), false);
    std::vector<std::size_t> waiting;
    const auto want = [&](std::string_view name) {
      ++links_.readers[name];
      const auto maker = links_.maker.find(name);
      if (maker == links_.maker.end() || needed_[maker->second]) return;
      needed_[maker->second] = true;
      waiting.push_back(maker->second);
    };
    for (const auto output : model_.outputs) want(output);
    while (!waiting.empty()) {
      const auto& node = model_.nodes[waiting.back()];
      waiting.pop_back();
      for (const auto input : node.inputs)
        if (!input.empty()) want(input);
    }
  }

  /// Kahn's algorithm; of the nodes that can run, the first in the file runs first.
  void sort() {
    std::vector<std::vector<std::size_t>> readers(model_.nodes.size());
    std::vector<std::size_t> missing(model_.nodes.size(), 0);
    std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready;
    std::size_t count = 0;
    for (std::size_t i = 0; i < model_.nodes.size(); ++i) {
      if (!needed_[i]) continue;
      ++count;
      for (const auto input : model_.nodes[i].inputs)
        if (const auto maker = links_.maker.find(input); maker != links_.maker.end()) {
          readers[maker->second].push_back(i);
          ++missing[i];
        }
      if (missing[i] == 0) ready.push(i);
    }
    while (!ready.empty()) {
      const auto next = ready.top();
      ready.pop();
      links_.order.push_back(next);
      for (const auto reader : readers[next])
        if (--missing[reader] == 0) ready.push(reader);
    }
    if (links_.order.size() == count) return;
    for (std::size_t i = 0; i < missing.size(); ++i)
      if (missing[i] > 0)
        return problem(model_.nodes[i].title(), "reads, through others, what it makes: the graph has a circle");
  }

  const Model& model_;
  const std::string& origin_;
  std::vector<Problem>& problems_;
  std::unordered_map<std::string_view, int> inputs_;
  std::vector<bool> needed_;
  Links links_;
};

}  // namespace

Links link(const Model& model, const std::string& origin, std::vector<Problem>& problems) {
  return Linker(model, origin, problems).run();
}

}  // namespace espalier::importing::onnx
