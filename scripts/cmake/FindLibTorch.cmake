# LibTorch as one imported target, LibTorch::torch, without TorchConfig.cmake: the stock file insists on a CUDA toolkit
# whenever the wheel is a CUDA build, even where only its CPU half is wanted.
# Looked for in: Torch_DIR (…/share/cmake/Torch), LIBTORCH or TORCH_ROOT (cache or environment), an active virtual
# environment or Conda, the project's own .venv, python3 on PATH.
# Sets LibTorch_FOUND, LibTorch_ROOT, LibTorch_VERSION, LibTorch_CUDA.

function(_libtorch_accept candidate)
  if(NOT LibTorch_ROOT AND candidate AND EXISTS "${candidate}/include/ATen/ATen.h")
    set(LibTorch_ROOT "${candidate}" CACHE PATH "Folder of LibTorch (include, lib)" FORCE)
  endif()
endfunction()

function(_libtorch_ask python)
  if(LibTorch_ROOT OR NOT EXISTS "${python}")
    return()
  endif()
  execute_process(
    COMMAND "${python}" -c "import importlib.util as u; print(u.find_spec('torch').submodule_search_locations[0])"
    OUTPUT_VARIABLE found OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  _libtorch_accept("${found}")
endfunction()

foreach(variable Torch_DIR TORCH_DIR)
  foreach(value "${${variable}}" "$ENV{${variable}}")
    if(value)
      get_filename_component(prefix "${value}/../../.." ABSOLUTE)
      _libtorch_accept("${prefix}")
    endif()
  endforeach()
endforeach()
foreach(value "${LIBTORCH}" "$ENV{LIBTORCH}" "${TORCH_ROOT}" "$ENV{TORCH_ROOT}")
  _libtorch_accept("${value}")
endforeach()
foreach(prefix "$ENV{VIRTUAL_ENV}" "$ENV{CONDA_PREFIX}" "${PROJECT_SOURCE_DIR}/.venv")
  if(prefix)
    _libtorch_ask("${prefix}/bin/python")
  endif()
endforeach()
if(NOT LibTorch_ROOT)
  find_program(_libtorch_python NAMES python3 python)
  if(_libtorch_python)
    _libtorch_ask("${_libtorch_python}")
  endif()
endif()

if(LibTorch_ROOT)
  if(EXISTS "${LibTorch_ROOT}/version.py")
    file(STRINGS "${LibTorch_ROOT}/version.py" _line REGEX "^__version__")
    string(REGEX REPLACE ".*['\"]([^'\"]+)['\"].*" "\\1" LibTorch_VERSION "${_line}")
  elseif(EXISTS "${LibTorch_ROOT}/build-version")
    file(STRINGS "${LibTorch_ROOT}/build-version" LibTorch_VERSION LIMIT_COUNT 1)
  endif()
endif()

foreach(part torch torch_cpu c10 torch_cuda c10_cuda)
  find_library(LibTorch_${part}_LIBRARY ${part} PATHS "${LibTorch_ROOT}/lib" NO_DEFAULT_PATH)
  mark_as_advanced(LibTorch_${part}_LIBRARY)
endforeach()
set(LibTorch_CUDA OFF)
if(LibTorch_torch_cuda_LIBRARY)
  set(LibTorch_CUDA ON)
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibTorch
  REQUIRED_VARS LibTorch_ROOT LibTorch_torch_LIBRARY LibTorch_torch_cpu_LIBRARY LibTorch_c10_LIBRARY
  VERSION_VAR LibTorch_VERSION
  REASON_FAILURE_MESSAGE "run scripts/setup.sh, or say where it is with -DLIBTORCH=<folder that holds include and lib>")

if(LibTorch_FOUND AND NOT TARGET LibTorch::torch)
  add_library(LibTorch::torch INTERFACE IMPORTED)
  target_include_directories(LibTorch::torch SYSTEM INTERFACE
    "${LibTorch_ROOT}/include" "${LibTorch_ROOT}/include/torch/csrc/api/include")
  set(_libtorch_libraries "${LibTorch_torch_LIBRARY}" "${LibTorch_torch_cpu_LIBRARY}" "${LibTorch_c10_LIBRARY}")
  if(LibTorch_CUDA)
    # libtorch.so is a shell whose registrations must not be dropped by --as-needed.
    list(APPEND _libtorch_libraries "-Wl,--no-as-needed" "${LibTorch_torch_cuda_LIBRARY}" "${LibTorch_c10_cuda_LIBRARY}" "-Wl,--as-needed")
  endif()
  target_link_libraries(LibTorch::torch INTERFACE ${_libtorch_libraries} Threads::Threads)
endif()
