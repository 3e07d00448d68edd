// Drafts become networks of our operators, weights included.
#pragma once
#include <string>
#include <vector>

#include "importing/draft.h"

namespace espalier::importing {

/// The network that the draft describes, with its weights. Signals {channels, time} become images {channels, 1, time}.
/// Adds a Problem for every step that has no operator here, each with its place and with what to write instead; the
/// network is empty then. The draft must be clean (see clean()).
graph::Network network_of(const Draft& draft, const graph::Operators& operators, std::vector<Problem>& problems);

struct ImportedNetwork {
  graph::Network network;          ///< with the file's weights
  std::vector<std::string> notes;  ///< what differs from the file, for the user
};

/// Cleans a draft and makes its network. `notes`: what its reader had to say. Throws Error(mistake) with everything
/// that cannot be imported.
ImportedNetwork finish(Draft draft, const graph::Operators& operators, std::vector<std::string> notes = {});

}  // namespace espalier::importing
