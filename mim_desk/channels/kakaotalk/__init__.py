"""KakaoTalk consultation talk, through a dealer."""
