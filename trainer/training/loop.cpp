#include "training/loop.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/text.h"
#include "graph/saved_network.h"
#include "nn/executor.h"
#include "training/batches.h"
#include "training/checkpoint.h"

namespace espalier::training {
namespace {

using at::Tensor;

/// A step as the modifiers see it.
class LoopStep final : public compression::Step {
 public:
  LoopStep(nn::Outcome outcome, Tensor labels) : outcome_(std::move(outcome)), labels_(std::move(labels)) {}

  Tensor activation(const std::string& name) override {
    if (name.empty()) return outcome_.logits;
    const auto found = outcome_.activations.find(name);
    if (found == outcome_.activations.end()) fail(concat("activation '", name, "' was not asked for in needs()"));
    return found->second;
  }
  compression::Range range(const std::string& name) override {
    const auto found = outcome_.ranges.find(name);
    if (found == outcome_.ranges.end()) fail(concat("the range of '", name, "' is not observed"));
    return found->second;
  }
  Tensor teacher(const std::string& name) override { return ask_teacher ? ask_teacher(name) : Tensor(); }
  Tensor labels() override { return labels_; }

  std::function<Tensor(const std::string&)> ask_teacher;

 private:
  nn::Outcome outcome_;
  Tensor labels_;
};

/// One teacher's answers to one batch, computed when the first modifier asks.
class Lesson {
 public:
  Lesson(const Teacher* teacher, LogitsCache* cache, std::set<std::string> taps)
      : teacher_(teacher), cache_(cache), taps_(std::move(taps)) {}
  Tensor answer(const std::string& name, const Tensor& x, const datasets::Batch& batch, std::uint64_t epoch,
                bool augmented) {
    if (answers_.empty()) {
      if (cache_)
        answers_[""] = cache_->logits(batch.samples, epoch, augmented).to(x.device());
      else
        answers_ = teacher_->run(seen_by_teacher(x, batch, epoch, augmented), taps_);
    }
    const auto found = answers_.find(name);
    if (found == answers_.end()) fail(concat("the teacher has no activation '", name, "'"));
    return found->second;
  }
  void next_batch() { answers_.clear(); }

 private:
  Tensor seen_by_teacher(const Tensor& x, const datasets::Batch& batch, std::uint64_t epoch, bool augmented) const {
    const auto* own = teacher_->own_data();
    return own ? features_of_samples(*own, batch.samples, {augmented, epoch}).to(x.device()) : x;
  }

  const Teacher* teacher_;
  LogitsCache* cache_;
  std::set<std::string> taps_;
  std::map<std::string, Tensor> answers_;
};

class Training {
 public:
  Training(const Job& job, std::unique_ptr<TrainedModel> model, Position position)
      : job_(job), timeline_(job.timeline), model_(std::move(model)), position_(std::move(position)) {
    const auto batches = job.data->size(datasets::Split::train) / job.options.batch_size;
    if (batches < 1 && job.options.epochs > 0)
      mistake("", concat("the training split has ", job.data->size(datasets::Split::train),
                         " samples, fewer than one batch of ", job.options.batch_size, "; lower training.batch_size"));
    steps_per_epoch_ = std::max<std::int64_t>(batches, 1);
    place_windows(timeline_, steps_per_epoch_, job.options.epochs);
    bind();
  }

  std::unique_ptr<TrainedModel> run() {
    reopen();
    while (position_.step < steps_per_epoch_ * job_.options.epochs && !stopped_early_)
      run_epoch(position_.step / steps_per_epoch_);
    if (best_) restore_best();
    return std::move(model_);
  }

  std::unique_ptr<TrainedModel> apply(const std::vector<std::shared_ptr<compression::Modifier>>& modifiers) {
    for (const auto& modifier : modifiers) {
      modifier->open(*model_, false);
      modifier->close(*model_);
    }
    return std::move(model_);
  }

  void load_best() {
    if (position_.best_epoch >= 0 && std::filesystem::exists(best_file())) best_ = graph::load_network(best_file());
  }

 private:
  void bind() {
    model_->on_rewrite([this](const std::vector<passes::Cut>& cuts) {
      for (auto& entry : timeline_)
        if (entry.active(position_.step)) entry.modifier->rewritten(*model_, cuts);
    });
    model_->bind_calibration(
        [this](TrainedModel& model, std::int64_t samples, const std::function<void(compression::Step&)>& look) {
          calibrate(model, samples, look);
        });
    std::vector<std::set<std::string>> taps(job_.teachers.size());
    for (const auto& entry : timeline_)
      if (entry.teacher >= 0)
        for (const auto& tap : entry.modifier->needs().teacher_activations)
          if (!tap.empty()) taps[static_cast<std::size_t>(entry.teacher)].insert(tap);
    for (std::size_t i = 0; i < job_.teachers.size(); ++i) {
      // Logits repeat when the augmented views do; hints would need whole activations in memory.
      const auto* own = job_.teachers[i]->own_data();
      const auto& seen = own ? *own : *job_.data;
      const bool repeats = seen.views() > 0 || !job_.augment;
      if (repeats && taps[i].empty())
        caches_[i] = std::make_unique<LogitsCache>(*job_.teachers[i], seen, job_.options.batch_size, job_.seed,
                                                   static_cast<int>(job_.options.workers));
      lessons_.emplace_back(job_.teachers[i].get(), caches_.count(i) ? caches_[i].get() : nullptr, taps[i]);
    }
  }

  void calibrate(TrainedModel& model, std::int64_t samples, const std::function<void(compression::Step&)>& look) {
    at::NoGradGuard off;
    datasets::LoaderOptions options;
    options.batch_size = std::min<std::int64_t>(job_.options.batch_size, samples);
    options.workers = static_cast<int>(job_.options.workers);
    options.shuffle = true;  // a pinned order: by (seed, 0), so that every class is seen
    options.seed = job_.seed;
    datasets::Loader loader(*job_.data, options);
    datasets::Batch batch;
    for (std::int64_t seen = 0; seen < samples && loader.next(batch);
         seen += static_cast<std::int64_t>(batch.samples.size())) {
      keep_first(batch, samples - seen);
      nn::Request request;
      request.quantized = false;
      request.observed = model.observed();
      LoopStep step(nn::forward(model.live(), features_of(batch, job_.data->shape()).to(job_.device), request),
                    labels_of(batch.targets));
      look(step);
    }
  }

  /// After a resume: windows that are open hear so; nothing is opened that the checkpoint was taken after.
  void reopen() {
    if (position_.step == 0) return;
    for (auto& entry : timeline_)
      if (entry.first < position_.step && entry.last >= position_.step) entry.modifier->open(*model_, true);
  }

  void run_epoch(std::int64_t epoch) {
    datasets::LoaderOptions options;
    options.batch_size = job_.options.batch_size;
    options.workers = static_cast<int>(job_.options.workers);
    options.shuffle = true;
    options.class_balance = job_.options.class_balance;
    options.augment = job_.augment;
    options.drop_last = true;
    options.seed = job_.seed;
    options.epoch = static_cast<std::uint64_t>(epoch);
    options.first_batch = position_.step - epoch * steps_per_epoch_;
    datasets::Loader loader(*job_.data, options);
    datasets::Batch batch;
    while (loader.next(batch)) {
      run_step(batch, static_cast<std::uint64_t>(epoch));
      if (interrupted() && position_.step % steps_per_epoch_ != 0) stop_here();
    }
    finish_epoch(epoch);
  }

  nn::Request request() const {
    nn::Request request;
    request.training = true;
    request.frozen_batch_norm = model_->batch_norm_frozen();
    request.observed = model_->observed();
    request.seed = job_.seed;
    request.step = static_cast<std::uint64_t>(position_.step);
    for (const auto& entry : timeline_)
      if (entry.active(position_.step))
        for (const auto& tap : entry.modifier->needs().activations)
          if (!tap.empty()) request.taps.insert(tap);
    return request;
  }

  /// Calls `hook` for every modifier whose window holds this step, with its own position and teacher.
  template <class Hook>
  void each(LoopStep& step, const Tensor& x, const datasets::Batch& batch, std::uint64_t epoch, const Hook& hook) {
    for (auto& entry : timeline_) {
      if (!entry.active(position_.step)) continue;
      step.window = entry.position(position_.step);
      step.ask_teacher = [&](const std::string& name) {
        if (entry.teacher < 0) fail(concat("modifier '", entry.name, "' has no teacher"));
        return lessons_[static_cast<std::size_t>(entry.teacher)].answer(name, x, batch, epoch, job_.augment);
      };
      hook(*entry.modifier, step);
    }
  }

  void run_step(const datasets::Batch& batch, std::uint64_t epoch) {
    using compression::Modifier;
    for (auto& entry : timeline_)
      if (entry.first == position_.step) entry.modifier->open(*model_, false);
    for (auto& lesson : lessons_) lesson.next_batch();
    const Tensor x = features_of(batch, job_.data->shape()).to(job_.device),
                 labels = labels_of(batch.targets).to(job_.device);

    // before_step may set masks and encodings, so it runs before the forward pass and sees no activations yet.
    LoopStep before({}, labels);
    fill(before);
    each(before, x, batch, epoch, [&](Modifier& m, LoopStep& s) { m.before_step(*model_, s); });

    model_->zero_gradients();
    LoopStep step(nn::forward(model_->live(), x, request()), labels);
    fill(step);
    const auto lost = job_.loss->value(step.activation(""), {x, batch.targets, job_.options.label_smoothing});
    step.losses.push_back({"task", lost.value, 1.0});
    each(step, x, batch, epoch, [&](Modifier& m, LoopStep& s) { m.loss(*model_, s); });
    const double loss = backward(step);
    each(step, x, batch, epoch, [&](Modifier& m, LoopStep& s) { m.after_backward(*model_, s); });
    model_->mask_gradients();
    model_->update(*job_.optimizer, learning_rate(), job_.options.gradient_clip);
    model_->mask_values();
    {
      at::NoGradGuard off;
      each(step, x, batch, epoch, [&](Modifier& m, LoopStep& s) { m.after_step(*model_, s); });
    }
    measure(step, lost, loss);
    for (auto& entry : timeline_)
      if (entry.last == position_.step) entry.modifier->close(*model_);
    ++position_.step;
    if (job_.listeners.step)
      job_.listeners.step(position_.step, static_cast<double>(position_.step) / static_cast<double>(steps_per_epoch_),
                          loss);
  }

  void fill(LoopStep& step) const {
    step.index = position_.step;
    step.steps_per_epoch = steps_per_epoch_;
    step.epoch = static_cast<double>(position_.step) / static_cast<double>(steps_per_epoch_);
  }

  double backward(LoopStep& step) {
    Tensor total;
    for (const auto& term : step.losses)
      if (term.weight != 0) total = total.defined() ? total + term.value * term.weight : term.value * term.weight;
    const double loss = total.item<double>();
    if (!std::isfinite(loss)) not_finite(step);
    total.backward();
    return loss;
  }

  [[noreturn]] void not_finite(const LoopStep& step) const {
    std::vector<std::string> terms;
    for (const auto& term : step.losses) terms.push_back(concat(term.name, " ", term.value.item<double>()));
    stop(concat("the loss is not finite at step ", position_.step, " (epoch ", fixed_text(step.epoch, 2),
                "): ", join(terms, ", ")));
  }

  [[noreturn]] void stop(const std::string& reason) const {
    const bool saved = !job_.checkpoint.empty() && std::filesystem::exists(job_.checkpoint);
    fail(concat("stage ", job_.stage, ": ", reason, "; ",
                saved ? concat("the last good checkpoint is ", job_.checkpoint.string())
                      : std::string("no checkpoint was written yet"),
                "; lower training.optimizer.lr or set training.gradient_clip"));
  }

  /// A step's own update may spoil the weights, and only the next step's loss would show it: before anything is kept.
  void check_finite() const {
    const auto& live = model_->live();
    for (const auto* tensors : {&live.parameters, &live.buffers})
      for (const auto& [name, tensor] : *tensors)
        if (!tensor.isfinite().all().item<bool>())
          stop(concat("'", name, "' is not finite after step ", position_.step - 1));
  }

  double learning_rate() const {
    const double total = static_cast<double>(steps_per_epoch_ * job_.options.epochs),
                 warm = job_.options.warmup * static_cast<double>(steps_per_epoch_);
    const double t = total > 1 ? static_cast<double>(position_.step) / (total - 1) : 1.0;
    const double warmup = warm > 0 ? std::min(1.0, (static_cast<double>(position_.step) + 1) / warm) : 1.0;
    return job_.optimizer->learning_rate() * warmup * job_.schedule->factor(t);
  }

  void measure(const LoopStep& step, const Lost& lost, double loss) {
    auto& sums = position_.sums;
    sums["loss"] += loss;
    for (const auto& term : step.losses) sums["loss." + term.name] += term.value.item<double>();
    for (const auto& [name, value] : lost.measured) sums[name] += value;
    sums["learning_rate"] += learning_rate();
    sums["steps"] += 1;
  }

  void finish_epoch(std::int64_t epoch) {
    Measured measured;
    for (const auto& [name, sum] : position_.sums)
      if (name != "steps") measured[name] = sum / position_.sums.at("steps");
    position_.sums.clear();
    check_finite();
    if (job_.validate) measured.merge(job_.validate(*model_, epoch));
    if (job_.listeners.epoch) job_.listeners.epoch(position_.step, epoch, measured);
    judge(epoch, measured);
    const bool last = position_.step >= steps_per_epoch_ * job_.options.epochs || stopped_early_;
    if (!job_.checkpoint.empty() && ((epoch + 1) % job_.options.checkpoint_every == 0 || last || interrupted()))
      save_checkpoint(job_.checkpoint, *model_, position_, job_.stage, job_.content);
    if (interrupted() && !last) throw Interrupted{position_.step};
  }

  void judge(std::int64_t epoch, const Measured& measured) {
    const auto found = measured.find("validation." + job_.metric.name);
    if (job_.early_stop.patience == 0 || found == measured.end()) return;
    const double gain = (found->second - position_.best) * (job_.metric.higher_is_better ? 1 : -1);
    if (gain > job_.early_stop.least_gain || position_.best_epoch < 0) {
      position_.best = found->second;
      position_.best_epoch = epoch;
      best_ = nn::capture(model_->live());
      if (!job_.checkpoint.empty()) graph::save_network(best_file(), *best_, {});
    } else if (epoch - position_.best_epoch >= job_.early_stop.patience) {
      stopped_early_ = true;
      if (job_.listeners.note)
        job_.listeners.note(concat(
            "stopped after epoch ", epoch + 1, ": no gain since epoch ", position_.best_epoch + 1, " (",
            job_.metric.is_share ? fixed_text(100 * position_.best, 2) + " %" : fixed_text(position_.best, 4), ")"));
    }
  }

  std::filesystem::path best_file() const {
    auto path = job_.checkpoint;
    return path.replace_extension(".best.safetensors");
  }

  void restore_best() { model_ = std::make_unique<TrainedModel>(nn::bring_to_life(*best_)); }

  [[noreturn]] void stop_here() {
    check_finite();
    if (!job_.checkpoint.empty()) save_checkpoint(job_.checkpoint, *model_, position_, job_.stage, job_.content);
    throw Interrupted{position_.step};
  }

  const Job& job_;
  std::vector<Scheduled> timeline_;
  std::unique_ptr<TrainedModel> model_;
  Position position_;
  std::int64_t steps_per_epoch_ = 1;
  std::map<std::size_t, std::unique_ptr<LogitsCache>> caches_;
  std::vector<Lesson> lessons_;
  std::optional<graph::Network> best_;
  bool stopped_early_ = false;
};

std::unique_ptr<TrainedModel> fresh(const Job& job, const graph::Network& initial) {
  auto live = nn::bring_to_life(initial);
  if (!job.device.is_cpu())
    for (auto* tensors : {&live.parameters, &live.buffers})
      for (auto& [name, tensor] : *tensors)
        tensor = tensor.detach().to(job.device).set_requires_grad(tensor.requires_grad());
  return std::make_unique<TrainedModel>(std::move(live));
}

}  // namespace

std::unique_ptr<TrainedModel> train(const Job& job, const graph::Network& initial) {
  if (job.resume && std::filesystem::exists(job.checkpoint)) {
    auto restored = load_checkpoint(job.checkpoint, job.content, job.allow_different_bits);
    if (job.listeners.resumed) job.listeners.resumed(restored.position.step);
    Training training(job, std::move(restored.model), std::move(restored.position));
    training.load_best();
    return training.run();
  }
  return Training(job, fresh(job, initial), {}).run();
}

std::unique_ptr<TrainedModel> apply(const Job& job, const graph::Network& trained,
                                    const std::vector<std::shared_ptr<compression::Modifier>>& modifiers) {
  return Training(job, fresh(job, trained), {}).apply(modifiers);
}

}  // namespace espalier::training
