// Sounds and small helpers that the front ends' tests share.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "device_runtime/audio_frontend_tables.h"

namespace frontend_signals {

using espalier::device_runtime::AudioFrontendTables;

/// Deterministic white noise in [-1, 1).
class Noise {
 public:
  explicit Noise(std::uint32_t seed) : state_(seed * 2654435761u + 1u) {}
  double next() {
    state_ = state_ * 1664525u + 1013904223u;
    return static_cast<double>(state_ >> 8) / 8388608.0 - 1.0;
  }

 private:
  std::uint32_t state_;
};

inline std::int16_t pcm_of(double value) {
  const double scaled = std::round(value * 32768.0);
  return static_cast<std::int16_t>(scaled < -32768 ? -32768 : scaled > 32767 ? 32767 : scaled);
}

/// A second of a voice-like sound: harmonics of a gliding pitch under a moving envelope, and a little noise.
inline std::vector<std::int16_t> voice(std::uint32_t seed, std::size_t samples = 16000, double loudness = 0.3) {
  Noise noise(seed);
  std::vector<std::int16_t> pcm(samples);
  double phase = 0;
  for (std::size_t i = 0; i < samples; ++i) {
    const double time = static_cast<double>(i) / 16000.0;
    phase += 2 * 3.14159265358979 * (110.0 + 17.0 * (seed % 7) + 40.0 * std::sin(5 * time)) / 16000.0;
    double sum = 0;
    for (int harmonic = 1; harmonic <= 12; ++harmonic) sum += std::sin(harmonic * phase) / harmonic;
    const double envelope = std::exp(-8.0 * (time - 0.5) * (time - 0.5) * 4.0);
    pcm[i] = pcm_of(loudness * envelope * sum * 0.5 + 0.002 * noise.next());
  }
  return pcm;
}

inline std::vector<float> floats_of(const std::vector<std::int16_t>& pcm) {
  std::vector<float> samples(pcm.size());
  for (std::size_t i = 0; i < pcm.size(); ++i) samples[i] = static_cast<float>(pcm[i]) / 32768.0f;
  return samples;
}

inline std::size_t feature_count(const AudioFrontendTables& tables, std::size_t samples) {
  return espalier_audio_frames(&tables.spec, samples) * static_cast<std::size_t>(espalier_audio_features(&tables.spec));
}

/// Features of a clip, frame by frame.
inline std::vector<float> float_features(const AudioFrontendTables& tables, const std::vector<float>& samples) {
  const auto constants = tables.float_tables();
  std::vector<float> work(espalier_audio_work_elements(&tables.spec)), out(feature_count(tables, samples.size()));
  espalier_audio_float_clip(&constants, samples.data(), samples.size(), work.data(), work.size(), out.data(),
                            out.size());
  return out;
}

inline std::vector<std::int32_t> fixed_features(const AudioFrontendTables& tables,
                                                const std::vector<std::int16_t>& pcm) {
  const auto constants = tables.fixed_tables();
  std::vector<std::int32_t> work(espalier_audio_work_elements(&tables.spec)), out(feature_count(tables, pcm.size()));
  espalier_audio_fixed_clip(&constants, pcm.data(), pcm.size(), work.data(), work.size(), out.data(), out.size());
  return out;
}

/// The front end in double precision straight from its definition: a naive DFT and no shortcuts.
inline std::vector<double> reference_features(const espalier_audio_spec& spec, const std::vector<std::int16_t>& pcm) {
  const double pi = 3.14159265358979323846;
  const auto filters = espalier::device_runtime::mel_filters(spec);
  std::vector<double> out;
  for (std::size_t frame = 0; frame < espalier_audio_frames(&spec, pcm.size()); ++frame) {
    std::vector<double> energy(static_cast<std::size_t>(spec.fft_size / 2 + 1)), mel;
    for (int k = 0; k <= spec.fft_size / 2; ++k) {
      double re = 0, im = 0;
      for (int i = 0; i < spec.window_samples; ++i) {
        const double window = 0.5 - 0.5 * std::cos(2 * pi * i / spec.window_samples);
        const double x = window * pcm[frame * static_cast<std::size_t>(spec.hop_samples) + static_cast<std::size_t>(i)];
        re += x / 32768 * std::cos(2 * pi * (static_cast<long>(i) * k % spec.fft_size) / spec.fft_size);
        im -= x / 32768 * std::sin(2 * pi * (static_cast<long>(i) * k % spec.fft_size) / spec.fft_size);
      }
      const double power = re * re + im * im;
      energy[static_cast<std::size_t>(k)] = spec.spectrum == ESPALIER_SPECTRUM_POWER ? power : std::sqrt(power);
    }
    std::size_t at = 0;
    for (std::size_t band = 0; band < filters.count.size(); ++band) {
      double sum = 0;
      for (std::size_t i = 0; i < filters.count[band]; ++i, ++at)
        sum += filters.weights[at] * filters.height[band] * energy[filters.first[band] + i];
      mel.push_back(std::log(std::max(sum, static_cast<double>(spec.log_floor))));
    }
    if (spec.coefficients == 0) out.insert(out.end(), mel.begin(), mel.end());
    for (int c = 0; c < spec.coefficients; ++c) {
      double sum = 0;
      for (std::size_t band = 0; band < mel.size(); ++band)
        sum += mel[band] * std::cos(pi * c * (2.0 * static_cast<double>(band) + 1) / (2.0 * spec.mel_bands));
      out.push_back(sum * std::sqrt((c == 0 ? 1.0 : 2.0) / spec.mel_bands));
    }
  }
  return out;
}

}  // namespace frontend_signals
