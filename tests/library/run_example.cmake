# Installs the build folder BUILD into BUILD/installed and builds and runs the program beside this file with nothing but
# the installation: cmake -DBUILD=<folder> -DCOMPILER=<c++> [-DLAUNCHER=<ccache>] -P run_example.cmake
set(prefix ${BUILD}/installed)
set(work ${BUILD}/library_example)

function(step)
  execute_process(COMMAND ${ARGN} WORKING_DIRECTORY ${work} OUTPUT_VARIABLE output ERROR_VARIABLE output RESULT_VARIABLE code)
  if(NOT code EQUAL 0)
    message(FATAL_ERROR "${ARGN}\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE ${prefix} ${work})
file(MAKE_DIRECTORY ${work})
step(${CMAKE_COMMAND} --install ${BUILD} --prefix ${prefix})
step(${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR} -B ${work} -DCMAKE_PREFIX_PATH=${prefix} -DCMAKE_BUILD_TYPE=Release
  -DCMAKE_CXX_COMPILER=${COMPILER} -DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER} -DCMAKE_CXX_FLAGS=-Wall\ -Wextra\ -Werror)
step(${CMAKE_COMMAND} --build ${work})
step(${CMAKE_COMMAND} -E env OMP_NUM_THREADS=1 ${work}/stripes)  # idle threads spin, which a busy machine pays for
message(STATUS "${output}")
if(NOT EXISTS ${work}/model.tflite OR NOT output MATCHES "([0-9.]+) % in int8")
  message(FATAL_ERROR "the example wrote no model.tflite or no accuracy:\n${output}")
endif()
if(CMAKE_MATCH_1 LESS 90)
  message(FATAL_ERROR "the example learned little:\n${output}")
endif()

step(${CMAKE_COMMAND} -E env OMP_NUM_THREADS=1 ${work}/own_module)
message(STATUS "${output}")
if(NOT EXISTS ${work}/own_module.tflite OR NOT output MATCHES "([0-9.]+) % in int8" OR CMAKE_MATCH_1 LESS 90)
  message(FATAL_ERROR "the torch::nn module wrote no file or learned little:\n${output}")
endif()

# The installed program runs where it lies, reads the file that the example wrote, and finds what came with it.
step(${prefix}/bin/trainer --version)
step(${prefix}/bin/trainer inspect ${work}/model.tflite)
foreach(file share/espalier/scripts/judges/judge_tflite.py share/espalier/recipes/kws_distill.yaml
    share/espalier/configs/models/ds_cnn_s.yaml share/espalier/LICENSE)
  if(NOT EXISTS ${prefix}/${file})
    message(FATAL_ERROR "${file} was not installed")
  endif()
endforeach()
# Nothing in the package points back into the source or the build folder; LibTorch's place, which may lie there, is a hint.
get_filename_component(source ${CMAKE_CURRENT_LIST_DIR}/../.. ABSOLUTE)
file(GLOB_RECURSE package ${prefix}/lib/*.cmake)
foreach(file IN LISTS package)
  file(STRINGS ${file} lines REGEX "${source}/(trainer|datasets|build|scripts)")
  if(lines)
    message(FATAL_ERROR "${file} names the source folder: ${lines}")
  endif()
endforeach()
