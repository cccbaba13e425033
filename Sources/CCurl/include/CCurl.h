// Replaced by the door to libcurl.
#pragma once
