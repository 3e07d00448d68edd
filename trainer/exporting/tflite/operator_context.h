// What the reader of one operator may ask about its surroundings. Private to the reader.
#pragma once
#include <array>
#include <map>
#include <string>
#include <vector>

#include "exporting/tflite/graph_reader.h"
#include "integer/program.h"

namespace espalier::exporting::tflite {

/// Rows and columns that a PAD operator adds: top, bottom, left, right.
using Margins = std::array<std::int32_t, 4>;

/// What a window reads, after a PAD before it was folded back.
struct WindowSource {
  integer::Id id = 0;
  integer::Shape shape;
  bool folded = false;
  Margins margins{};
};

class OperatorContext {
 public:
  /// Makes an activation of every tensor without data, but for the padded ones. `file` and `graph` outlive the context.
  OperatorContext(const FlatbufferFile& file, const StoredGraph& graph);

  /// Later refusals name this operator.
  void enter(std::string place) { place_ = std::move(place); }
  [[noreturn]] void refuse(const std::string& what) const;

  /// The tensor at `position` of the inputs; refuses one that is left out.
  std::int32_t input(const StoredOperator& stored, std::size_t position) const;
  bool has_input(const StoredOperator& stored, std::size_t position) const;
  const StoredTensor& constant(const StoredOperator& stored, std::size_t position, ElementType type) const;
  std::vector<std::int32_t> integers(const StoredOperator& stored, std::size_t position) const;
  const Table& options(const StoredOperator& stored) const;

  integer::Id activation(std::int32_t tensor) const;
  integer::Id output(const StoredOperator& stored) const { return activation(stored.outputs.front()); }
  const integer::Activation& at(integer::Id id) const { return activations_[static_cast<std::size_t>(id)]; }
  std::vector<integer::Activation> activations() const { return activations_; }

  /// True for a PAD of the writer's own, which becomes part of the window that follows.
  bool is_folded_pad(const StoredOperator& stored) const;
  void fold(const StoredOperator& stored);
  WindowSource window_source(const StoredOperator& stored);
  /// Refuses a folded PAD that no window has read.
  void finish() const;
  Margins margins(const StoredOperator& stored) const;

 private:
  struct Folded {
    std::int32_t source = 0;
    Margins margins{};
    bool used = false;
  };
  bool is_padded_copy(std::int32_t tensor) const;

  const FlatbufferFile& file_;
  const StoredGraph& graph_;
  std::vector<integer::Activation> activations_;
  std::map<std::int32_t, integer::Id> ids_;
  std::map<std::int32_t, Folded> folded_;
  std::string place_;
};

}  // namespace espalier::exporting::tflite
