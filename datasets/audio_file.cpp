#include "datasets/audio_file.h"

#include <fmt/core.h>
#include <samplerate.h>
#include <sndfile.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <fstream>
#include <memory>
#include <mutex>

#include "base/error.h"
#include "base/text.h"

namespace espalier::datasets {
namespace {

namespace fs = std::filesystem;
constexpr std::int64_t most_samples = std::int64_t{1} << 28;  // 1 GiB of floats: hours of speech, or a damaged header

struct CloseSound {
  void operator()(SNDFILE* file) const { sf_close(file); }
};
using Sound = std::unique_ptr<SNDFILE, CloseSound>;

std::uint32_t little_endian(const std::array<char, 8>& bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i)
    value |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at + i])) << 8 * i;
  return value;
}

/// libsndfile reads what is left of a cut-off WAV without a word, so its chunks are walked here.
bool is_cut_off_wav(const fs::path& file, std::int64_t size) {
  std::ifstream in(file, std::ios::binary);
  std::array<char, 8> head{};
  if (!in.read(head.data(), 8) || std::memcmp(head.data(), "RIFF", 4) != 0) return false;
  for (std::int64_t at = 12; at + 8 <= size;) {
    in.seekg(at);
    if (!in.read(head.data(), 8)) return false;
    const std::int64_t length = little_endian(head, 4);
    if (std::memcmp(head.data(), "data", 4) == 0)
      return length != 0xFFFFFFFF && at + 8 + length > size;  // all ones: written to a pipe, length unknown
    at += 8 + length + length % 2;
  }
  return false;
}

Sound open_sound(const fs::path& file, SF_INFO& info, const AudioWanted& wanted) {
  std::error_code failure;
  if (!fs::is_regular_file(file, failure)) mistake(file.string(), "there is no such audio file");
  const auto size = static_cast<std::int64_t>(fs::file_size(file, failure));
  if (failure) mistake(file.string(), "cannot be read: " + failure.message());
  if (size == 0) mistake(file.string(), "is empty (0 bytes)");
  Sound sound;
  {
    // libsndfile keeps why a file could not be opened in one place for all threads.
    static std::mutex opening;
    const std::lock_guard lock(opening);
    sound.reset(sf_open(file.c_str(), SFM_READ, &info));
    if (!sound) mistake(file.string(), fmt::format("is no readable audio file: {}", sf_strerror(nullptr)));
  }
  if (is_cut_off_wav(file, size))
    mistake(file.string(), "is cut off: its header promises more samples than the file holds");
  if (info.frames < 1) mistake(file.string(), "holds no samples");
  if (info.channels < 1 || info.samplerate < 1 || info.frames > most_samples / info.channels)
    mistake(file.string(), "has a damaged header, or is longer than this program reads");
  if (info.channels > 1 && !wanted.mix_channels)
    mistake(file.string(), fmt::format("has {} channels; record in mono, or say `on_stereo: mix`", info.channels));
  if (info.samplerate != wanted.rate && !wanted.resample)
    mistake(file.string(), fmt::format("has {} Hz where {} Hz are wanted; convert it, or say `resample: true`",
                                       info.samplerate, wanted.rate));
  return sound;
}

std::vector<float> mixed(const std::vector<float>& interleaved, std::int64_t channels) {
  if (channels == 1) return interleaved;
  std::vector<float> mono(interleaved.size() / static_cast<std::size_t>(channels));
  for (std::size_t i = 0; i < mono.size(); ++i) {
    float sum = 0;
    for (std::int64_t c = 0; c < channels; ++c)
      sum += interleaved[i * static_cast<std::size_t>(channels) + static_cast<std::size_t>(c)];
    mono[i] = sum / static_cast<float>(channels);
  }
  return mono;
}

std::vector<float> resampled(const fs::path& file, const std::vector<float>& audio, std::int64_t from,
                             std::int64_t to) {
  if (from == to) return audio;
  const double ratio = static_cast<double>(to) / static_cast<double>(from);
  std::vector<float> out(static_cast<std::size_t>(std::ceil(static_cast<double>(audio.size()) * ratio)) + 1);
  SRC_DATA data{};
  data.data_in = audio.data();
  data.data_out = out.data();
  data.input_frames = static_cast<long>(audio.size());
  data.output_frames = static_cast<long>(out.size());
  data.src_ratio = ratio;
  if (const int failure = src_simple(&data, SRC_SINC_MEDIUM_QUALITY, 1))
    mistake(file.string(), fmt::format("cannot be resampled from {} to {} Hz: {}", from, to, src_strerror(failure)));
  out.resize(static_cast<std::size_t>(data.output_frames_gen));
  return out;
}

std::vector<std::int16_t> rounded(const fs::path& file, const std::vector<float>& audio) {
  std::vector<std::int16_t> samples(audio.size());
  for (std::size_t i = 0; i < audio.size(); ++i) {
    if (!std::isfinite(audio[i]))
      mistake(file.string(), fmt::format("holds a sample that is no number (number {})", i));
    samples[i] = static_cast<std::int16_t>(std::lrint(std::clamp(audio[i] * 32768.0f, -32768.0f, 32767.0f)));
  }
  return samples;
}

}  // namespace

bool is_audio_name(const fs::path& file) {
  static const std::array<const char*, 10> endings = {".wav", ".flac", ".ogg", ".oga", ".opus",
                                                      ".aif", ".aiff", ".au",  ".caf", ".mp3"};
  const auto ending = lower(file.extension().string());
  return std::find(endings.begin(), endings.end(), ending) != endings.end();
}

AudioHeader probe_audio(const fs::path& file, const AudioWanted& wanted) {
  SF_INFO info{};
  open_sound(file, info, wanted);
  return {info.samplerate, info.channels, info.frames};
}

std::vector<std::int16_t> read_audio(const fs::path& file, const AudioWanted& wanted) {
  SF_INFO info{};
  const Sound sound = open_sound(file, info, wanted);
  std::vector<float> interleaved(static_cast<std::size_t>(info.frames * info.channels));
  const auto read = sf_readf_float(sound.get(), interleaved.data(), info.frames);
  if (read < info.frames)
    mistake(file.string(),
            fmt::format("is damaged: {} of {} samples could be decoded", std::max<sf_count_t>(0, read), info.frames));
  return rounded(file, resampled(file, mixed(interleaved, info.channels), info.samplerate, wanted.rate));
}

std::vector<std::int16_t> fit_clip(std::vector<std::int16_t> audio, std::int64_t samples, bool centre) {
  const auto wanted = static_cast<std::size_t>(samples);
  if (audio.size() > wanted && centre)
    audio.erase(audio.begin(), audio.begin() + static_cast<std::ptrdiff_t>((audio.size() - wanted) / 2));
  if (audio.size() < wanted && centre) audio.insert(audio.begin(), (wanted - audio.size()) / 2, 0);
  audio.resize(wanted, 0);
  return audio;
}

}  // namespace espalier::datasets
