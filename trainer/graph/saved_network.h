// Trained networks in files: safetensors whose metadata hold the graph. Checkpoints of trainings begin with the same.
#pragma once
#include <filesystem>
#include <string>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "graph/network.h"
#include "graph/safetensors.h"

namespace espalier::graph {

/// As `model.safetensors` of a stage's result. `extra` is kept beside the network.
void save_network(const std::filesystem::path& path, const Network& network, const Json& extra);
/// Whether a safetensors file is of this program. Throws Error(mistake) when it cannot be read.
bool holds_network(const std::filesystem::path& path);
/// Of a saved network or of any checkpoint. `extra` takes what save_network was given. Throws Error(mistake) naming the
/// file: damaged, or of another format.
Network load_network(const std::filesystem::path& path, Json* extra = nullptr);

// --- for files that hold more than a network

/// Adds the network to the file's tensors and to `meta`, begun as `new_meta(kind)`.
void put_network(TensorFile& file, Json& meta, const Network& network);
Network take_network(const TensorFile& file, const Json& meta, const std::string& path);
Json new_meta(const char* kind);
void put_meta(TensorFile& file, const Json& meta);
/// Throws Error(mistake) for a file of another program or format.
Json read_meta(const TensorFile& file, const std::string& path);
/// Throws Error(mistake) naming the file where it is missing.
const Tensor& tensor_of(const TensorFile& file, const std::string& name, const std::string& path);

/// Does the work; damage that its parts report as failures is the file's fault.
template <class Work>
auto reading(const std::filesystem::path& path, const Work& work) {
  try {
    return work();
  } catch (const Error& e) {
    if (e.code() == Exit::mistake) throw;
    mistake(path.string(), concat("is damaged: ", e.what()));
  }
}

}  // namespace espalier::graph
