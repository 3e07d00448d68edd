#include "cli/torch_commands.h"
#include "importing/network.h"
#include "pipeline/imported_network.h"

namespace espalier::cli {

importing::ImportedNetwork import_network(const std::string& path, const graph::Shape& input) {
  return pipeline::import_network(path, input, graph::standard_operators());
}

}  // namespace espalier::cli
