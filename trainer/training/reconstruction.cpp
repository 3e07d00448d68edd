// Mean squared difference of what an autoencoder gives back and what it was given, each element in its place
// (tasks/reconstruction.h). The scale is that of the features squared. As the autoencoder of MLPerf Tiny is trained:
// Banbury et al. 2021, arXiv:2106.07597.
#include <ATen/ATen.h>

#include "base/error.h"
#include "schema/readers.h"
#include "schema/registry.h"
#include "training/loss.h"

namespace espalier::training::reconstruction {

struct Options {
  static void describe(schema::Describe<Options>& d) {
    d.about("mean squared error of giving back the input, for autoencoders", "Banbury et al. 2021, arXiv:2106.07597");
  }
};

/// x: [N, channels, height, width] in the order of the outputs: flat ones have channels last.
at::Tensor wanted(const at::Tensor& x, const at::Tensor& outputs) {
  if (outputs.dim() == 4 || x.dim() != 4) return x.reshape(outputs.sizes());
  return x.permute({0, 2, 3, 1}).reshape(outputs.sizes());
}

class Reconstruction : public Loss {
 public:
  void prepare(const tasks::Task& task, const datasets::Dataset&, const graph::Shape&) override {
    if (!task.is_reconstruction())
      mistake("training.loss", "reconstruction is for networks that give back their input: `task: anomaly_detection`");
  }

  Lost value(const at::Tensor& outputs, const Goal& goal) const override {
    return {at::mse_loss(outputs, wanted(goal.x.to(outputs.device()), outputs)), {}};
  }
};

void enlist(schema::Registry& registry) {
  registry.add<Loss, Options>("loss", "reconstruction",
                              [](const Options&, const schema::Registry&, std::vector<Problem>&) {
                                return std::make_unique<Reconstruction>();
                              });
}

}  // namespace espalier::training::reconstruction
