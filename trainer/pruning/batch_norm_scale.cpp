// The factor by which batch norm lets a channel through: |gamma|. Normalised activations have one scale everywhere, so
// channels of different layers compare as they are. Channels without batch norm score 0 and go first: exclude such
// layers by `ignore`. Liu et al. 2017, "Learning efficient convolutional networks through network slimming",
// arXiv:1708.06519.
#include <ATen/ATen.h>

#include "pruning/criterion.h"
#include "schema/registry.h"

namespace espalier::pruning::batch_norm_scale {

struct Options {
  static void describe(schema::Describe<Options>& d) {
    d.about("|gamma| of the batch norm behind a channel", "Liu et al. 2017, arXiv:1708.06519");
  }
};

class BatchNormScale : public Criterion {
 public:
  graph::Role looks_at() const override { return graph::Role::gamma; }
  at::Tensor elements(const at::Tensor& values, const std::string&) const override { return values.abs(); }
  at::Tensor slices(const at::Tensor& rows, const std::string&) const override { return rows.abs().mean(1); }
  bool compares_layers() const override { return true; }
};

void enlist(schema::Registry& registry) {
  registry.add<Criterion, Options>("criterion", "batch_norm_scale",
                                   [](const Options&, const schema::Registry&, std::vector<Problem>&) {
                                     return std::make_unique<BatchNormScale>();
                                   });
}

}  // namespace espalier::pruning::batch_norm_scale
