// Passes that bring drafts closer to our operators. Each keeps what the network computes; tests/importing evaluates
// random drafts before and after every one of them.
#pragma once
#include <string>
#include <vector>

#include "importing/draft.h"

namespace espalier::importing {

struct Pass {
  const char* name;
  /// Rewrites; adds a line to `notes` for what a user should know. Shapes are inferred before and after.
  void (*run)(Draft& draft, std::vector<std::string>& notes);
};

/// Steps from which no path leads to the output.
void drop_unread(Draft& draft, std::vector<std::string>& notes);
/// Recurrent layers read images or signals, and give them or their last states: permutations, reshapes and parts around
/// them, by which files turn sequences, go. One that is not `placed` afterwards has no such form.
void place_recurrences(Draft& draft, std::vector<std::string>& notes);
/// Identity steps, clamps without bounds, permutations and reshapes that change nothing, padding by nothing.
void drop_identities(Draft& draft, std::vector<std::string>& notes);
/// A softmax at the end: training, distillation and argmax want logits. The output is then the logits.
void drop_final_softmax(Draft& draft, std::vector<std::string>& notes);
/// Zeros padded before a convolution, and the lowest number before a maximum pooling, become the window's own padding.
void fold_padding(Draft& draft, std::vector<std::string>& notes);
/// Windows' sums divided by how many elements they cover, as this project writes padded average poolings whose sides
/// differ: average pooling that does not count its padding.
void fold_padding_count(Draft& draft, std::vector<std::string>& notes);
/// Sums and products with constants one after the other become one.
void join_affines(Draft& draft, std::vector<std::string>& notes);
/// relu6(x + 3) / 6, and x / 6 + 1/2 clamped to [0, 1].
void fold_hard_sigmoid(Draft& draft, std::vector<std::string>& notes);
/// x times hard_sigmoid(x), and x * relu6(x + 3) divided by 6.
void fold_hard_swish(Draft& draft, std::vector<std::string>& notes);
/// A sum or product with constants behind a layer that nothing else reads: into its weights and bias.
void fold_affine(Draft& draft, std::vector<std::string>& notes);
/// Permutations one after the other become one; through clamps, sums and batch norm they move towards each other.
void cancel_permutes(Draft& draft, std::vector<std::string>& notes);
/// A permutation, then a flattening, then a linear layer: the layer's columns are permuted instead.
void fold_permute_into_linear(Draft& draft, std::vector<std::string>& notes);
/// A reshape or permutation of the network's input: the input is declared in its result's shape.
void absorb_input_layout(Draft& draft, std::vector<std::string>& notes);

/// In the order in which clean() runs them.
const std::vector<Pass>& passes();

/// Operations of a draft. Passes look values up one by one, so that a hostile file would otherwise take hours.
constexpr std::size_t most_steps = 5000;

/// Runs all passes until nothing changes. Adds Problems when the draft does not fit together, or is too long.
void clean(Draft& draft, std::vector<std::string>& notes, std::vector<Problem>& problems);

}  // namespace espalier::importing
