// Reading the pickles that torch.save writes, without Python and without running what they name.
#pragma once
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace espalier::importing {

/// Values of one pickle; they refer to each other by index, since pickles may share them and even close circles.
struct Pickled {
  using Index = std::size_t;

  /// Objects of other classes, of which nothing is known: nothing in the file is called to make them.
  struct Foreign {
    std::string name;  ///< "module.Class" where the file says it
  };
  struct Sequence {
    std::vector<Index> items;
  };
  struct Dictionary {
    std::vector<std::pair<Index, Index>> entries;
  };
  /// A view of a storage: element (i, j, …) lies at offset + i * strides[0] + j * strides[1] + … (elements).
  struct TensorView {
    std::string storage;  ///< name of the record beside the pickle, under data/
    std::string type;     ///< of the storage: "FloatStorage", …
    std::int64_t offset = 0;
    std::vector<std::int64_t> sizes, strides;
  };
  using Value =
      std::variant<std::monostate, bool, std::int64_t, double, std::string, Foreign, Sequence, Dictionary, TensorView>;

  std::deque<Value> values;
  Index root = 0;

  /// Null when the value is of another kind.
  template <class Kind>
  const Kind* as(Index index) const {
    return std::get_if<Kind>(&values.at(index));
  }
};

/// Of protocol 2 and later, as torch.save writes them: OrderedDict is a dictionary, torch._utils._rebuild_tensor_v2 and
/// _rebuild_parameter make tensors, everything else is Foreign. Takes memory in proportion to the bytes. Throws
/// Error(mistake) with the byte at which the pickle is damaged or holds an opcode that torch.save does not write.
/// Source: the opcodes' definitions in Python's pickletools.
Pickled read_pickle(std::string_view bytes);

}  // namespace espalier::importing
