package basecopy

func tablespaceInWAL(data string) error { return nil }
