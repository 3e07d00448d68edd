// How much a sample of each class counts in a loss.
#pragma once
#include <vector>

#include "datasets/dataset.h"
#include "schema/value.h"

namespace espalier::training {

/// `weights`: absent (every class 1), the word balanced (samples / (classes * samples of the class) in the training
/// split, as scikit-learn has it; 0 for a class without samples) or a list with a number above or equal to 0 for each
/// class. Throws Error(mistake) with the value's origin for anything else.
std::vector<float> class_weights(const schema::Value& weights, const datasets::Dataset& data);

}  // namespace espalier::training
