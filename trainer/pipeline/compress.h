// The whole framework as one function, for programs that bring their own network and data.
#pragma once
#include <string>

#include "datasets/dataset.h"
#include "graph/network.h"
#include "pipeline/integer_model.h"
#include "training/loop.h"

namespace espalier::pipeline {

struct CompressOptions {
  const graph::Network* teacher = nullptr;  ///< with weights: what `teacher: given` of a modifier means
  training::Listeners listeners;            ///< progress
};

/// Trains `network` on `data`. `recipe` is YAML with the keys seed, training, compression and calibrate of a recipe
/// file
/// (`trainer list recipe`), which every component that `trainer list` shows may appear in. Nothing is written to disk.
/// Throws Error(mistake) with every problem of the recipe, by line, before anything is trained.
Student compress(const graph::Network& network, const datasets::Dataset& data, const std::string& recipe,
                 const CompressOptions& options = {});

}  // namespace espalier::pipeline
