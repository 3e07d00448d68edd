// Recordings in files -> 16-bit samples of one channel. Only audio_file.cpp sees libsndfile and libsamplerate.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace espalier::datasets {

/// What is wanted of a file, and what to do where it is otherwise.
struct AudioWanted {
  std::int64_t rate = 16000;  ///< Hz
  bool resample = true;       ///< false: another rate is refused
  bool mix_channels = true;   ///< false: more than one channel is refused
};

/// What a file's header says.
struct AudioHeader {
  std::int64_t rate = 0, channels = 0, frames = 0;
};

/// Does the name end like a file that libsndfile reads (wav, flac, ogg, ...)?
bool is_audio_name(const std::filesystem::path& file);

/// Reads the header alone. Throws Error(mistake) that names the file when it is absent, empty, no audio, cut off (as
/// far as sizes tell), without samples, or not `wanted`.
AudioHeader probe_audio(const std::filesystem::path& file, const AudioWanted& wanted);

/// All samples: channels averaged, resampled by libsamplerate (sinc, medium quality), rounded and saturated. 16-bit
/// files of the wanted rate pass bit by bit. Throws like probe_audio, and where samples are missing or not finite.
std::vector<std::int16_t> read_audio(const std::filesystem::path& file, const AudioWanted& wanted);

/// Exactly `samples` long: zeros after (`centre`: around) what is shorter; the end (both ends) cut of what is longer.
std::vector<std::int16_t> fit_clip(std::vector<std::int16_t> audio, std::int64_t samples, bool centre);

}  // namespace espalier::datasets
