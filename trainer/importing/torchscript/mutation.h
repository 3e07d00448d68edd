// What nodes change in place. The values of a draft never change: a change that another name would see is refused.
#pragma once
#include <memory>
#include <string>

namespace torch::jit {
class AliasDb;
struct Graph;
struct Node;
}  // namespace torch::jit

namespace espalier::importing::torchscript {

/// Where a list of tensors grows in plain sight, every append makes a list of its own, so that what read the list
/// before keeps what it read.
void replace_appends(torch::jit::Graph& graph);

/// Of a graph that changes no more.
class Changes {
 public:
  explicit Changes(std::shared_ptr<torch::jit::Graph> graph);
  ~Changes();

  /// Why the node's output does not tell all that it changes: "changes a value that is read again later", "changes a
  /// list"; "" where it does, or where the node changes nothing.
  std::string objection(torch::jit::Node* node) const;

 private:
  std::shared_ptr<torch::jit::Graph> graph_;
  std::unique_ptr<torch::jit::AliasDb> aliases_;
};

}  // namespace espalier::importing::torchscript
