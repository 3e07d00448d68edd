// Whatever gives a student soft targets and hints.
#pragma once
#include <ATen/core/Tensor.h>

#include <map>
#include <memory>
#include <set>
#include <string>

#include "datasets/dataset.h"
#include "graph/network.h"

namespace espalier::training {

class Teacher {
 public:
  virtual ~Teacher() = default;
  /// x: [N, channels, height, width] float32 -> "" (the logits) and every tap, without gradients.
  virtual std::map<std::string, at::Tensor> run(const at::Tensor& x, const std::set<std::string>& taps) const = 0;
  /// The student's samples as this teacher takes them, through a front end of its own; null: as the student does.
  virtual const datasets::Dataset* own_data() const { return nullptr; }
};

/// A network of ours: folded where no tap needs the unfolded one.
std::shared_ptr<Teacher> network_teacher(const graph::Network& network, const std::set<std::string>& taps,
                                         at::Device device);

/// `teacher` with a front end of its own.
std::shared_ptr<Teacher> teacher_with_data(std::shared_ptr<Teacher> teacher,
                                           std::shared_ptr<const datasets::Dataset> data);

/// These samples of the training split as [N, …], as `epoch` sees them.
at::Tensor features_of_samples(const datasets::Dataset& data, const std::vector<std::int64_t>& samples,
                               datasets::View view);

/// A teacher's logits for every training sample of one view. They are computed over the samples in their own order and
/// in batches of one size, never in the student's: a teacher's logits depend on how the batch is composed, and a
/// resumed run must see the same bits.
class LogitsCache {
 public:
  LogitsCache(const Teacher& teacher, const datasets::Dataset& data, std::int64_t batch_size, std::uint64_t seed,
              int workers);
  /// [N, classes] for these samples of the training split, as `epoch` sees them.
  at::Tensor logits(const std::vector<std::int64_t>& samples, std::uint64_t epoch, bool augmented);

 private:
  at::Tensor& view(std::uint64_t epoch, bool augmented);
  const Teacher& teacher_;
  const datasets::Dataset& data_;
  std::int64_t batch_size_;
  std::uint64_t seed_;
  int workers_;
  std::map<std::uint64_t, at::Tensor> views_;
};

}  // namespace espalier::training
