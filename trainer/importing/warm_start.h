// Weights from a file of named tensors (safetensors, a PyTorch state_dict) into a network that exists, by name.
#pragma once
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "graph/network.h"

namespace espalier::importing {

/// Globs over the file's names and what they become: {"backbone.*", "features.*"}. The first that matches counts; what
/// its stars matched replaces the stars of the new name, one after the other. A name that none matches stays.
using Renaming = std::vector<std::pair<std::string, std::string>>;

/// Throws Error(mistake) naming `origin` when a new name has more stars than its glob.
std::string renamed(const std::string& name, const Renaming& renaming, const std::string& origin);

/// What a warm start did, by the network's names but for `unused`, which are the file's.
struct WarmStart {
  std::vector<std::string> taken;
  std::vector<std::string> absent;    ///< not in the file: they keep their values
  std::vector<std::string> unused;    ///< in the file only
  std::vector<std::string> reshaped;  ///< "head.weight: 12x64 in the file, 5x64 here"
};

/// Copies every float32 tensor whose name, renamed, is a weight of the network. PyTorch's names of a batch norm's
/// tensors (weight, bias, running_var) are known. A weight of another shape is a Problem at `origin` unless `partial`,
/// and keeps its value; a file of which nothing fits is a Problem too.
WarmStart warm_start(graph::Network& network, const std::map<std::string, graph::Tensor>& tensors,
                     const Renaming& renaming, bool partial, const std::string& origin, std::vector<Problem>& problems);

/// One line for each kind of finding; names are listed up to `most` a line.
std::vector<std::string> notes_of(const WarmStart& found, std::size_t most = 12);

}  // namespace espalier::importing
