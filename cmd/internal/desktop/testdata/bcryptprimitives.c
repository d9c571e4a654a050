/* The one function of bcryptprimitives.dll that Go programs need. Some wines
   (8.0 of Debian 12) lack that library, and without it none of them starts. */
#include <windows.h>
#include <ntsecapi.h>
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T length)
{
	return RtlGenRandom(data, (ULONG)length);
}
