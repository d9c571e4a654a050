package client

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
)

// Fingerprint tells keys apart without holding them: 16 hex digits, of use
// only to whoever has the salt.
func (k Key) Fingerprint(salt []byte) string {
	mac := hmac.New(sha256.New, salt)
	mac.Write([]byte(k.Reveal()))
	return hex.EncodeToString(mac.Sum(nil)[:8])
}
