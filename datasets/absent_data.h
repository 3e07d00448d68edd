// What to do about data that are not there yet.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

namespace espalier::datasets {

/// "there is no folder 'data/heartbeat' (in /home/me); make a stand-in with `scripts/make_heartbeat_corpus --output
/// data/heartbeat`, or download the real data with scripts/download_mitdb.sh". The remedy is that of the corpus that
/// the folder is named after, else of `usual`, else there is none. The folder in which the program runs is named where
/// `root` is relative to it.
std::string no_folder(const std::filesystem::path& root, std::string_view usual = "");
/// The same beginning with "there is no CSV file or folder of such at 'data/activity'", or whatever `what` says.
std::string no_data(const std::string& what, const std::filesystem::path& root, std::string_view usual = "");

}  // namespace espalier::datasets
